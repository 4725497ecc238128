import { cardOf, toCccd } from '../support/people.ts'
import { Gate, type Reader } from './gate.ts'
import { Keyboard } from './keyboard.ts'
import type { Machine } from './machine.ts'
import { type Row, tally } from './row.ts'

const reader: Reader = { id: 'r1', driver: 'wedge', usb: { vendorId: '0627', productId: '0001' } }
const openWithinMs = 30_000
const readWithinMs = 20_000
const clean = 'Nguyen Van ***'
const typed = '/tmp/typed'
const control = 'control'

/**
 * A reader that types, with Caps Lock on, beside a program that listens on the console: the gate gets the code as it is,
 * and the program nothing. Before and after, the same keyboard does reach that program, or the case would prove nothing.
 */
export async function wedge(machine: Machine, times: number): Promise<Row> {
  const name = 'wedge: QEMU usb-kbd with Caps Lock on, a program listens on the console'
  const failed = (note: string): Row => ({ name, tries: 0, readOnce: 0, lost: 0, doubled: 0, note })
  const keyboard = await Keyboard.plug(machine, 5)
  // A terminal that nobody has open forgets that it is raw, and then gives whole lines alone.
  await shell(machine, `(stty raw -echo; exec cat) </dev/tty1 >>${typed} 2>/dev/null &`)
  if (!(await reachesConsole(machine, keyboard))) return failed('without a gate the keyboard is not heard')
  const gate = await Gate.start(machine, '/data/wedge', reader)
  if (gate === null) return failed('the service did not start')
  if (!(await gate.until(() => gate.opened === 1, openWithinMs))) return failed('not opened')
  await shell(machine, `: >${typed}`)
  for (let i = 0; i < times; i++) {
    if (i % 2 === 0) await keyboard.capsLock()
    const before = gate.shown.length
    await keyboard.type(`${codeOf(i)}\r`)
    await gate.until(() => gate.shown.length > before, readWithinMs)
  }
  const visits = await gate.visits()
  const known = visits.filter(({ personal }) => personal?.masked.name === clean).length
  const heard = await shell(machine, `cat ${typed}`)
  await gate.stop()
  const isFree = await reachesConsole(machine, keyboard)
  await keyboard.unplug()
  const note = heard !== '' ? 'keys reached the console' : known < visits.length ? 'a code came damaged' : 'ok'
  return { name, ...tally(times, visits), note: isFree ? note : 'the keyboard was not given back' }
}

/** Types until the program on the console has heard it: the guest may not know the keyboard yet. */
async function reachesConsole(machine: Machine, keyboard: Keyboard): Promise<boolean> {
  for (const end = performance.now() + readWithinMs; performance.now() < end; ) {
    await keyboard.type(control)
    if ((await shell(machine, `cat ${typed}`)).toLowerCase().includes(control)) return true
  }
  return false
}

async function shell(machine: Machine, line: string): Promise<string> {
  return (await machine.ask({ kind: 'run', program: 'sh', args: ['-c', line] })).stdout
}

/** A card that a keyboard can type; `clean` is what the log shows of its name, in this very case of letters. */
function codeOf(n: number): string {
  return toCccd({
    ...cardOf((n % 65) + 130 * Math.floor(n / 65)),
    former: '',
    name: 'Nguyen Van Mau',
    address: 'Ha Noi',
  })
}
