import { setTimeout as pause } from 'node:timers/promises'
import { cccdOf } from '../support/people.ts'
import { Gate, type Output, type Reader } from './gate.ts'
import type { Machine } from './machine.ts'
import type { Row } from './row.ts'
import { type Heard, SerialDevice } from './serial-device.ts'

/** Reader and relay board have the same chip: their serial numbers tell them apart. */
const usb = { vendorId: '0403', productId: '6001' }
const reader: Reader = { id: 'r1', driver: 'serial', usb: { ...usb, serialNumber: 'RIG-1' } }
const place = { id: 'relay', usb: { ...usb, serialNumber: 'RELAY-1' } }
const openWithinMs = 30_000
const pulseWithinMs = 15_000
const askEveryMs = 50
/** What reaches the host is late by turns, under emulation. Below 100 ms a turnstile would not take it as a passage. */
const tooShortMs = 100
const tooLongMs = 500

/** The other end of a relay board's cable. */
type Line = { heard(): Promise<readonly Heard[]>; unplug(): Promise<void> }

type Board = {
  readonly output: Output
  readonly closed: string
  readonly open: string
  readonly pulseMs: number
  plug(machine: Machine): Promise<Line>
}

/**
 * LCUS: A0, channel, state, sum. HW-667: CC closes for a second, after which BB, which opens, changes nothing. Sources: the
 * vendors' descriptions. HIDRelay: F1 closes, 01 opens contact 1; hidraw puts the report id before it, 0 for none. Source:
 * libusbrelay.c of https://github.com/darrylb123/usbrelay. `pulseMs`: from the one command to the other.
 */
const boards: readonly Board[] = [
  {
    output: { ...place, driver: 'lcus', channels: { in: 1 }, pulseMs: 300 },
    closed: 'a00101a2',
    open: 'a00100a1',
    pulseMs: 300,
    plug: plugSerial,
  },
  {
    output: { ...place, driver: 'hw667', channels: { in: 1 } },
    closed: 'cc',
    open: 'bb',
    pulseMs: 1200,
    plug: plugSerial,
  },
  {
    output: { id: 'relay', path: '/dev/rig-hid', driver: 'hidrelay', channels: { in: 1 }, pulseMs: 300 },
    closed: '00f100000000000000',
    open: '000100000000000000',
    pulseMs: 300,
    plug: plugHid,
  },
]

async function plugSerial(machine: Machine): Promise<Line> {
  const device = await SerialDevice.plug(machine, 1, 'RELAY-1')
  return { heard: async () => device.heard, unplug: () => device.unplug() }
}

/** Usage page FF00, an output report of 8 bytes, no report ids. */
async function plugHid(machine: Machine): Promise<Line> {
  const id = 'hidrelay'
  const descriptor = '0600ff0901a101150026ff007508950809019102c0'
  const device = { name: 'HIDRelay', vendorId: 0x0c2e, productId: 1, serialNumber: 'RELAY-2', descriptor }
  await machine.ask({ kind: 'uhid-create', id, device })
  return {
    heard: () => machine.ask({ kind: 'uhid-heard', id }),
    unplug: async () => void (await machine.ask({ kind: 'uhid-destroy', id })),
  }
}

/** Every person who is let in gives one pulse, and the board is told to open before the first and after the last. */
export async function relays(machine: Machine, pulses: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const board of boards) rows.push(await relay(machine, board, pulses))
  return rows
}

async function relay(machine: Machine, board: Board, pulses: number): Promise<Row> {
  const { driver } = board.output
  const name = `${driver}: a pulse of ${board.pulseMs} ms for each person`
  const gate = await Gate.start(machine, `/data/${driver}`, reader, board.output)
  if (gate === null) return { name, tries: 0, readOnce: 0, lost: 0, doubled: 0, note: 'the service did not start' }
  const line = await board.plug(machine)
  const scanner = await SerialDevice.plug(machine, 2, 'RIG-1')
  const isOpen = await gate.until(() => gate.opened === 1, openWithinMs)
  for (let i = 0; i < pulses && isOpen; i++) {
    const before = commands(await line.heard(), board).length
    await scanner.send(`${cccdOf(i)}\r`)
    await gate.until(() => gate.shown.length > i, pulseWithinMs)
    for (const end = performance.now() + pulseWithinMs; performance.now() < end; await pause(askEveryMs))
      if (commands(await line.heard(), board).length >= before + 2) break
  }
  await gate.stop()
  const told = commands(await line.heard(), board)
  await Promise.all([line.unplug(), scanner.unplug()])
  const whole = told.filter(({ bytes, atMs }, i) => bytes === board.closed && isPulse(atMs, told[i + 1], board)).length
  const closed = told.filter(({ bytes }) => bytes === board.closed).length
  const note = isOpen ? faultOf(told, board) : 'not opened'
  return { name, tries: pulses, readOnce: whole, lost: pulses - whole, doubled: Math.max(0, closed - pulses), note }
}

function isPulse(from: number, next: Heard | undefined, { open, pulseMs }: Board): boolean {
  const lasted = (next?.atMs ?? Number.POSITIVE_INFINITY) - from
  return next?.bytes === open && lasted >= pulseMs - tooShortMs && lasted <= pulseMs + tooLongMs
}

function faultOf(told: readonly Heard[], { open, closed }: Board): string {
  const strange = told.find(({ bytes }) => bytes !== open && bytes !== closed)
  if (strange !== undefined) return `unknown bytes ${strange.bytes}`
  if (told[0]?.bytes !== open) return 'not opened at the start'
  return told.at(-1)?.bytes === open ? 'ok' : 'not opened at the end'
}

/** USB may hand over two commands at once, or one in parts. */
function commands(heard: readonly Heard[], { open }: Board): Heard[] {
  const told: Heard[] = []
  let bytes = ''
  for (const part of heard) {
    bytes += part.bytes
    for (; bytes.length >= open.length; bytes = bytes.slice(open.length))
      told.push({ atMs: part.atMs, bytes: bytes.slice(0, open.length) })
  }
  return bytes === '' ? told : [...told, { atMs: heard.at(-1)?.atMs ?? 0, bytes }]
}
