import { cccdOf } from '../support/people.ts'
import { Gadget } from './gadget.ts'
import { Gate, type Output, type Reader } from './gate.ts'
import type { Machine } from './machine.ts'
import type { Heard } from './protocol.ts'
import { failed, type Row } from './row.ts'
import { SerialDevice } from './serial-device.ts'

/** Reader and serial boards have the same chip: their serial numbers tell them apart. */
const chip = { vendorId: '0403', productId: '6001' }
const reader: Reader = { id: 'r1', driver: 'serial', usb: { ...chip, serialNumber: 'RIG-1' } }
const openWithinMs = 60_000
const pulseWithinMs = 30_000
/** What a turnstile may be without: Node counts whole milliseconds, and no load makes a pulse shorter. */
const tooShortMs = 2
/** Of half the pulses: an emulated processor takes its time, and in its first pulse the program is still being compiled. */
const slowMs = 150
/** Of any: a host that has no time for the machine lets it stand still, which its own clock counts as time. */
const stalledMs = 1000

/** The other end of a board's cable. */
type Line = { heard(atLeast: number): Promise<readonly Heard[]>; unplug(): Promise<void> }

type Board = {
  readonly output: Output
  readonly closed: string
  readonly open: string
  readonly pulseMs: number
  /** Which of the kernel's drivers passes the commands on. */
  readonly through: string
  plug(machine: Machine): Promise<Line>
}

/**
 * LCUS: A0, channel, state, sum. HW-667: CC closes for a second, after which BB, which opens, changes nothing. Sources: the
 * vendors' descriptions. HIDRelay: F1 closes, 01 opens contact 1. USBRelay: FF closes, FD opens the contact that follows;
 * uhid puts the report id before it, 0 for none. Source: libusbrelay.c of https://github.com/darrylb123/usbrelay.
 * `pulseMs`: from the one command to the other.
 */
const boards: readonly Board[] = [
  {
    output: { id: 'lcus', driver: 'lcus', usb: { ...chip, serialNumber: 'LCUS' }, channels: { in: 1 }, pulseMs: 300 },
    closed: 'a00101a2',
    open: 'a00100a1',
    pulseMs: 300,
    through: 'ftdi_sio',
    plug: (machine) => plugSerial(machine, 1, 'LCUS'),
  },
  {
    output: { id: 'hw667', driver: 'hw667', usb: { ...chip, serialNumber: 'HW-667' }, channels: { in: 1 } },
    closed: 'cc',
    open: 'bb',
    pulseMs: 1200,
    through: 'ftdi_sio',
    plug: (machine) => plugSerial(machine, 2, 'HW-667'),
  },
  {
    output: {
      id: 'hidrelay',
      driver: 'hidrelay',
      usb: { vendorId: '16c0', productId: '05df', serialNumber: 'HIDRELAY' },
      channels: { in: 1 },
      pulseMs: 300,
    },
    closed: 'f100000000000000',
    open: '0100000000000000',
    pulseMs: 300,
    through: 'usbhid',
    plug: plugHidRelay,
  },
  {
    output: { id: 'usbrelay', driver: 'usbrelay', path: '/dev/rig-hid', channels: { in: 2 }, pulseMs: 300 },
    closed: '00ff02000000000000',
    open: '00fd02000000000000',
    pulseMs: 300,
    through: 'uhid',
    plug: plugUsbRelay,
  },
]

/** Usage page FF00, an output report of 8 bytes, no report ids. */
const descriptor = '0600ff0901a101150026ff007508950809019102c0'
const ids = { vendorId: 0x16c0, productId: 0x05df }

async function plugSerial(machine: Machine, port: number, serialNumber: string): Promise<Line> {
  const device = await SerialDevice.plug(machine, port, serialNumber)
  return {
    heard: (atLeast) => machine.heard({ serialNumber }, atLeast, pulseWithinMs),
    unplug: () => device.unplug(),
  }
}

async function plugHidRelay(machine: Machine): Promise<Line> {
  const does = { kind: 'hid', descriptor, reportBytes: 8 } as const
  const gadget = await Gadget.make(machine, { name: 'HIDRelay', ...ids, serialNumber: 'HIDRELAY', does })
  await gadget.plug(0)
  return { heard: (atLeast) => gadget.heard(atLeast, pulseWithinMs), unplug: () => gadget.unplug() }
}

async function plugUsbRelay(machine: Machine): Promise<Line> {
  const id = 'usbrelay'
  const device = { name: 'www.dcttech.com USBRelay2', ...ids, serialNumber: '', descriptor, isUsbRelay: true }
  await machine.ask({ kind: 'uhid-create', id, device })
  return {
    heard: (atLeast) => machine.heard({ uhid: id }, atLeast, pulseWithinMs),
    unplug: async () => void (await machine.ask({ kind: 'uhid-destroy', id })),
  }
}

/**
 * Every person who is let in gives one pulse on each board of the lane, and the boards are told to open before the first
 * and after the last, and nothing else.
 */
export async function relays(machine: Machine, pulses: number): Promise<Row[]> {
  const gate = await Gate.start(machine, '/data/relays', { readers: [reader], outputs: boards.map((b) => b.output) })
  if (gate === null) return [failed('relays', 'the service did not start')]
  const lines = await Promise.all(boards.map(async (board) => ({ board, line: await board.plug(machine) })))
  const scanner = await SerialDevice.plug(machine, 3, 'RIG-1')
  const isOpen = await gate.until(() => gate.opened === 1, openWithinMs)
  for (let i = 0; i < pulses && isOpen; i++) {
    await scanner.send(`${cccdOf(i)}\r`)
    await Promise.all(lines.map(({ line }) => line.heard(1 + 2 * (i + 1))))
  }
  await gate.stop()
  const rows: Row[] = []
  for (const { board, line } of lines) {
    rows.push(isOpen ? judge(board, await line.heard(2 + 2 * pulses), pulses) : failed(board.output.id, 'not opened'))
    await line.unplug()
  }
  await scanner.unplug()
  return rows
}

function judge({ output, closed, open, pulseMs, through }: Board, told: readonly Heard[], pulses: number): Row {
  const expected = [open, ...Array.from({ length: pulses }, () => [closed, open]).flat(), open]
  const ends = told.flatMap(({ bytes, atMs }, i) => (bytes === closed ? (told[i + 1]?.atMs ?? atMs) - atMs : []))
  const lengths = ends.toSorted((a, b) => a - b)
  const [shortest = 0, median = 0, longest = 0] = [lengths[0], lengths[lengths.length >> 1], lengths.at(-1)]
  const commands = Math.max(told.length, expected.length)
  const wrong = Array.from({ length: commands }, (_, i) => told[i]?.bytes === expected[i]).indexOf(false)
  const measured = [shortest, median, longest].map(Math.round).join(', ')
  // What the agent hears of uhid it may hear late, and then the pulse seems shorter.
  const isShort = through !== 'uhid' && shortest < pulseMs - tooShortMs
  const isLate = Math.abs(median - pulseMs) > slowMs || longest > pulseMs + stalledMs
  const timing = isShort ? 'too short' : isLate ? 'too long' : 'ok'
  const note = wrong < 0 ? timing : `command ${wrong + 1} is ${told[wrong]?.bytes}, expected ${expected[wrong]}`
  return {
    name: `${output.driver} (${through}): a pulse of ${pulseMs} ms for each person; shortest, median, longest ${measured} ms`,
    tries: pulses,
    readOnce: Math.min(lengths.length, pulses),
    lost: Math.max(0, pulses - lengths.length),
    doubled: Math.max(0, lengths.length - pulses),
    note,
  }
}
