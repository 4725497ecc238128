import { setTimeout as pause } from 'node:timers/promises'
import { cardOf, toCccd } from '../support/people.ts'
import { Gate, type Reader } from './gate.ts'
import { Keyboard } from './keyboard.ts'
import type { Machine } from './machine.ts'
import { failed, type Row, tally } from './row.ts'

const openWithinMs = 60_000
const readWithinMs = 30_000
/** The gate takes 120 ms without a key for the end of a code; this leaves some of them to the kernel and the gate. */
const slowestKeyMs = 95
const clean = 'Nguyen Van ***'
const typed = '/tmp/typed'
/** What keys give on the Vietnamese layout, where 1 stands for ă, and with Caps Lock on. */
const control = { keys: 'control1', seen: 'CONTROLĂ' }

/** A reader that types, by what the settings know it. */
type Typist = {
  readonly name: string
  readonly reader: Reader
  /**
   * ASCII alone, by the keys of a US keyboard; the reader does as if Caps Lock were off. Settles with the longest time
   * from one key to the next, in milliseconds.
   */
  type(text: string): Promise<number>
  capsLock(): Promise<void>
  unplug(): Promise<void>
}

/** QEMU's usb-kbd, which the guest's usbhid drives. */
export async function usbTypist(machine: Machine): Promise<Typist> {
  const keyboard = await Keyboard.plug(machine, 5)
  const reader = { id: 'r1', driver: 'wedge', usb: { vendorId: '0627', productId: '0001' } } as const
  return {
    name: 'QEMU usb-kbd',
    reader,
    type: (text) => keyboard.type(text),
    capsLock: () => keyboard.capsLock(),
    unplug: () => keyboard.unplug(),
  }
}

/** A keyboard of uinput; the path is the name that the udev rule of `init.sh` gives it. */
export async function uinputTypist(machine: Machine): Promise<Typist> {
  await machine.ask({ kind: 'keyboard-create', name: 'Rig keyboard' })
  return {
    name: 'uinput',
    reader: { id: 'r1', driver: 'wedge', path: '/dev/rig-keyboard' },
    type: (text) => machine.ask({ kind: 'keyboard-type', text }),
    capsLock: async () => void (await machine.ask({ kind: 'keyboard-caps-lock' })),
    unplug: async () => void (await machine.ask({ kind: 'keyboard-destroy' })),
  }
}

/**
 * A reader that types while a program listens on the console, whose layout is Vietnamese and whose Caps Lock is on: the
 * gate gets the code as it is, and the program nothing. Before and after, the same keyboard does reach that program, with
 * other characters than those of its keys, or the case would prove nothing.
 */
export async function wedge(machine: Machine, typist: Typist, times: number): Promise<Row> {
  const name = `wedge (${typist.name}): Vietnamese layout and Caps Lock on, a program listens on the console`
  await machine.shell('loadkeys -C /dev/tty1 /vn.map')
  // A terminal that nobody has open forgets that it is raw, and then gives whole lines alone.
  await machine.shell(`(stty raw -echo; exec cat) </dev/tty1 >>${typed} 2>/dev/null & echo $! >/tmp/listener`)
  const before = await reachesConsole(machine, typist)
  if (before !== null) return failed(name, `without a gate ${before}`)
  const gate = await Gate.start(machine, `/data/wedge-${typist.name.replaceAll(/\W+/g, '-')}`, {
    readers: [typist.reader],
  })
  if (gate === null) return failed(name, 'the service did not start')
  if (!(await gate.until(() => gate.opened === 1, openWithinMs))) return failed(name, 'not opened')
  await machine.shell(`: >${typed}`)
  const codes = await show(gate, typist, times)
  const heard = await onConsole(machine)
  const visits = (await gate.stop()).filter(({ seq }) => !codes.spoilt.some(([from, to]) => seq > from && seq <= to))
  const known = visits.filter(({ personal }) => personal?.masked.name === clean).length
  const after = await reachesConsole(machine, typist)
  await machine.shell('kill $(cat /tmp/listener)')
  await typist.unplug()
  if (codes.typed < times) return failed(name, 'the machine is too busy to type as fast as a reader')
  const note = heard !== '' ? 'keys reached the console' : known < visits.length ? 'a code came damaged' : 'ok'
  const anew = codes.spoilt.length > 0 ? `; ${codes.spoilt.length} typed too slowly and left out` : ''
  const result = after === null ? note : `after the gate ${after}`
  return { name: `${name}${anew}`, ...tally(codes.typed, visits), note: result }
}

/**
 * Types a code for each person. One that the host or the guest was too busy to type as fast as a reader does is torn by
 * the gate, rightly: it is typed for somebody else, and the numbers of the visits that it gave are `spoilt`.
 */
async function show(gate: Gate, typist: Typist, times: number) {
  const spoilt: [number, number][] = []
  let typed = 0
  for (let i = 0; typed < times && i < 3 * times; i++) {
    const [before, seq] = [gate.shown.length, gate.lastSeq]
    if (i % 2 === 0) await typist.capsLock()
    const longestMs = await typist.type(`${codeOf(i)}\r`)
    await gate.until(() => gate.shown.length > before, readWithinMs)
    if (longestMs <= slowestKeyMs) typed++
    else {
      // What is still to come of it.
      await pause(readWithinMs / 10)
      spoilt.push([seq, gate.lastSeq])
    }
  }
  return { typed, spoilt }
}

/**
 * Types until the program on the console hears it as its layout says, with Caps Lock on: the guest may not know the
 * keyboard yet. A string says what it heard instead.
 */
async function reachesConsole(machine: Machine, typist: Typist): Promise<string | null> {
  for (const end = performance.now() + readWithinMs; performance.now() < end; ) {
    await typist.type(control.keys)
    const heard = await onConsole(machine)
    if (heard.includes(control.seen)) return null
    // Heard in small letters: Caps Lock is off.
    if (heard.endsWith(control.seen.toLowerCase())) await typist.capsLock()
  }
  return `the console heard ${JSON.stringify((await onConsole(machine)).slice(-40))}`
}

async function onConsole(machine: Machine): Promise<string> {
  return (await machine.shell(`cat ${typed}`)).stdout
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
