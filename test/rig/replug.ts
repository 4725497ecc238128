import { setTimeout as pause } from 'node:timers/promises'
import { Random } from '../fuzz/random.ts'
import { cccdOf } from '../support/people.ts'
import { Gate, type Reader } from './gate.ts'
import type { Machine } from './machine.ts'
import { type Row, tally } from './row.ts'
import { SerialDevice } from './serial-device.ts'

const reader: Reader = { id: 'r1', driver: 'serial', path: '*' }
const portOf = (turn: number) => 1 + (turn % 4)
const openWithinMs = 30_000
const readWithinMs = 15_000
/** Below the silence that ends a code without a terminator. */
const longestTearMs = 60

/**
 * A serial reader on ftdi_sio is read, pulled out in the middle of the next code, and put into another socket. Every
 * other time it is back before the gate can have noticed that it was gone.
 */
export async function replug(machine: Machine, times: number, seed: number): Promise<Row> {
  const random = new Random(seed)
  const gate = await Gate.start(machine, '/data/replug', reader)
  const name = 'usb-serial: pulled out in mid-code, put into another socket'
  if (gate === null) return { name, tries: 0, readOnce: 0, lost: 0, doubled: 0, note: 'the service did not start' }
  let scanner = await SerialDevice.plug(machine, portOf(0), 'RIG-1')
  let note = 'ok'
  let whole = 0
  for (let i = 0; i < times && note === 'ok'; i++) {
    if (!(await isOpened(machine, gate, portOf(i)))) note = `not opened after ${i} times`
    else {
      const before = gate.shown.length
      await scanner.send(`${cccdOf(2 * i)}\r`)
      whole++
      await gate.until(() => gate.shown.length > before, readWithinMs)
      const torn = cccdOf(2 * i + 1)
      await scanner.send(torn.slice(0, 1 + random.below(torn.length)))
      await pause(random.below(longestTearMs))
      await scanner.unplug()
      if (i % 2 === 0) await gate.until(() => gate.isAbsent, openWithinMs)
      scanner = await SerialDevice.plug(machine, portOf(i + 1), 'RIG-1')
    }
  }
  await scanner.unplug()
  const visits = await gate.visits()
  await gate.stop()
  return { name, ...tally(whole, visits), note }
}

/**
 * Whether the gate came to have the reader in this socket open. What the page shows may be of the one before: a reader
 * that is back at once is found in the same round, and the page need not hear of it.
 */
async function isOpened(machine: Machine, gate: Gate, port: number): Promise<boolean> {
  const folder = `/sys/bus/usb/devices/1-${port}:1.0/ttyUSB*`
  const isHeld = `for tty in ${folder}; do ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q "/dev/\${tty##*/}$" && exit 0; done; exit 1`
  // Twice, because a port is flushed after it was opened.
  let times = 0
  for (const end = performance.now() + openWithinMs; times < 2 && performance.now() < end; ) {
    const { status } = await machine.ask({ kind: 'run', program: 'sh', args: ['-c', isHeld] })
    times = status === 0 && gate.isOpen ? times + 1 : 0
  }
  return times === 2
}
