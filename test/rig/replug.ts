import { setTimeout as pause } from 'node:timers/promises'
import { Random } from '../fuzz/random.ts'
import { cccdOf } from '../support/people.ts'
import { Gadget } from './gadget.ts'
import { Gate, type Reader } from './gate.ts'
import type { Machine } from './machine.ts'
import { failed, type Row, tally } from './row.ts'
import { SerialDevice } from './serial-device.ts'

const reader: Reader = { id: 'r1', driver: 'serial', path: '*' }
const openWithinMs = 60_000
const readWithinMs = 30_000
/** Below the silence that ends a code without a terminator. */
const longestTearMs = 60

/** A reader in a socket. */
type Plugged = {
  /** Where the guest's kernel shows its port, as a pattern of the shell. */
  readonly ttys: string
  send(text: string): Promise<unknown>
  /** Is pulled out `afterMs` after it began to send this. */
  tear(text: string, afterMs: number): Promise<void>
  unplug(): Promise<void>
}

/** A sort of serial reader; every turn it is plugged into another socket than the turn before. */
type Scanner = { readonly name: string; plug(turn: number): Promise<Plugged> }

/** QEMU's FT232, which ftdi_sio drives. */
export function ftdiScanner(machine: Machine): Scanner {
  return {
    name: 'usb-serial (ftdi_sio)',
    async plug(turn) {
      const port = 1 + (turn % 4)
      const device = await SerialDevice.plug(machine, port, 'RIG-1')
      return {
        ttys: `/sys/bus/usb/devices/1-${port}:1.0/ttyUSB*`,
        send: (text) => device.send(text),
        tear: async (text, afterMs) => {
          await device.send(text)
          await pause(afterMs)
          await device.unplug()
        },
        unplug: () => device.unplug(),
      }
    },
  }
}

/** The kernel's own serial gadget, which cdc_acm drives. */
export async function acmScanner(machine: Machine): Promise<Scanner> {
  const ids = { vendorId: 0x0c2e, productId: 0x0b6a, serialNumber: 'RIG-ACM' }
  const gadget = await Gadget.make(machine, { name: 'Rig serial scanner', ...ids, does: { kind: 'acm' } })
  return {
    name: 'usb-serial (cdc_acm)',
    async plug(turn) {
      const socket = turn % 2
      await gadget.plug(socket)
      return {
        ttys: `/sys/devices/platform/dummy_hcd.${socket}/usb*/*-1/*-1:1.0/tty/ttyACM*`,
        send: (text) => gadget.send(Buffer.from(text).toString('hex')),
        tear: (text, afterMs) => gadget.tear(Buffer.from(text).toString('hex'), afterMs),
        unplug: () => gadget.unplug(),
      }
    },
  }
}

/**
 * A serial reader is read, pulled out in the middle of the next code, and put into another socket. Every other time it is
 * back before the gate can have noticed that it was gone.
 */
export async function replug(machine: Machine, scanner: Scanner, times: number, seed: number): Promise<Row> {
  const random = new Random(seed)
  const name = `${scanner.name}: pulled out in mid-code, put into another socket`
  const gate = await Gate.start(machine, `/data/replug-${scanner.name.replaceAll(/\W+/g, '-')}`, { readers: [reader] })
  if (gate === null) return failed(name, 'the service did not start')
  let plugged = await scanner.plug(0)
  let note = 'ok'
  let whole = 0
  for (let i = 0; i < times && note === 'ok'; i++) {
    if (!(await isOpened(machine, gate, plugged.ttys))) note = `not opened after ${i} times`
    else {
      const before = gate.shown.length
      await plugged.send(`${cccdOf(2 * i)}\r`)
      whole++
      await gate.until(() => gate.shown.length > before, readWithinMs)
      const torn = cccdOf(2 * i + 1)
      await plugged.tear(torn.slice(0, 1 + random.below(torn.length)), random.below(longestTearMs))
      if (i % 2 === 0) await gate.until(() => gate.isAbsent, openWithinMs)
      plugged = await scanner.plug(i + 1)
    }
  }
  await plugged.unplug()
  const visits = await gate.stop()
  return { name, ...tally(whole, visits), note }
}

/**
 * Whether the gate came to have the reader in this socket open. What the page shows may be of the one before: a reader
 * that is back at once is found in the same round, and the page need not hear of it.
 */
async function isOpened(machine: Machine, gate: Gate, ttys: string): Promise<boolean> {
  const isHeld = `for tty in ${ttys}; do ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q "/dev/\${tty##*/}$" && exit 0; done; exit 1`
  // Twice, because a port is flushed after it was opened.
  let times = 0
  for (const end = performance.now() + openWithinMs; times < 2 && performance.now() < end; ) {
    const { status } = await machine.shell(isHeld)
    times = status === 0 && gate.isOpen ? times + 1 : 0
  }
  return times === 2
}
