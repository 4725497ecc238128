import { cccdOf } from '../support/people.ts'
import { Gadget } from './gadget.ts'
import { Gate, type Output, type Reader } from './gate.ts'
import { descriptorOf, type Layout, layouts, reportsOf } from './hid-scanner.ts'
import type { Machine } from './machine.ts'
import type { Heard } from './protocol.ts'
import { failed, type Row, tally } from './row.ts'

const openWithinMs = 60_000
const heardWithinMs = 30_000
const reportBytes = 64

/** A reader and the reports that it gets: `first` when it is opened, then `each` for every person. */
type Beeper = { readonly reader: Reader; readonly first: readonly string[]; readonly each: string }

const honeywellIds = { vendorId: '0c2e', productId: '0b8f', serialNumber: 'RIG-H' }
const otherIds = { vendorId: '1eab', productId: '0011', serialNumber: 'RIG-N' }

/**
 * Output report 253 of 63 bytes, feature report 254 of one. Access-IS LSR118 Product Manual (2020), appendix B: 254 with
 * 01 sends codes to this interface, 253 takes serial commands, of which 16 07 0D beeps.
 */
const serialReports = '0600ff85fd0901150026ff007508953f910285fe09029501b102'
const honeywell: Beeper = {
  reader: { id: 'r1', driver: 'hid-pos', usb: honeywellIds },
  first: ['feature fe01'],
  each: `output ${'fd0316070d'.padEnd(reportBytes, '0')}`,
}

/** HID POS Usage Tables 1.02: output report 4 with a bit each for 60 Initiate Barcode Read, 85 Error, 86 Good Read Beep. */
const beepReport = '058c850415002501750195030960098509869102750595019103'
const other: Beeper = {
  reader: { id: 'r2', driver: 'hid-pos', usb: otherIds },
  first: [],
  each: 'output 0404',
}

const tower: Output = { id: 'tower', driver: 'qlight', usb: { vendorId: '04d8', productId: 'e73c' } }
/** 57, sound group, red, amber, green, blue, white, sound, and 8 bytes. Source: the USB data format at qlight-system.com. */
const dark = `output ${'57'.padEnd(32, '0')}`
const green = `output ${'5700000001'.padEnd(32, '0')}`
const white = `output ${'57000000000001'.padEnd(32, '0')}`
const towerDescriptor = '0600ff0901a101150026ff007508951009019102c0'

/**
 * Two HID POS readers and a lamp tower at one lane, true USB devices to the kernel's usbhid: people show their codes to
 * the one and the other in turn, both readers beep, and the tower goes green.
 */
export async function signals(machine: Machine, people: number): Promise<Row> {
  const name = 'HID POS with beeper, feature report 254, and QLight (usbhid): reports for each person'
  const beepers = [honeywell, other].map(
    ({ reader: { id } }) => ({ id: `beep-${id}`, driver: 'reader', reader: id }) as const,
  )
  const readers = [honeywell.reader, other.reader]
  const gate = await Gate.start(machine, '/data/signals', { readers, outputs: [...beepers, tower] })
  if (gate === null) return failed(name, 'the service did not start')
  const [counted = layouts[0], uncounted] = layouts
  if (counted === undefined || uncounted === undefined) throw new Error('expected two layouts')
  const first = await makeReader(machine, counted, serialReports, honeywellIds)
  const second = await makeReader(machine, uncounted, beepReport, otherIds)
  const does = { kind: 'hid', descriptor: towerDescriptor, reportBytes: 16 } as const
  const lamp = await Gadget.make(machine, {
    name: 'QLight',
    vendorId: 0x04d8,
    productId: 0xe73c,
    serialNumber: 'RIG-Q',
    does,
  })
  const devices = [first, second, lamp]
  for (const [socket, device] of devices.entries()) await device.plug(socket)
  if (!(await gate.until(() => gate.opened === 1, openWithinMs))) return failed(name, 'not opened')
  for (let i = 0; i < people; i++) {
    const isFirst = i % 2 === 0
    await (isFirst ? first : second).send(...reportsOf(isFirst ? counted : uncounted, Buffer.from(cccdOf(i)), false))
    await first.heard(honeywell.first.length + i + 1, heardWithinMs)
    await second.heard(other.first.length + i + 1, heardWithinMs)
    if (!(await isWhiteAgain(lamp, i + 1))) break
  }
  const visits = await gate.stop()
  const told = await Promise.all(devices.map(async (device) => (await device.heard(0, 0)).map(toText)))
  for (const device of devices) await device.unplug()
  const [atFirst = [], atSecond = [], atLamp = []] = told
  const note = faultOf('first reader', atFirst, honeywell, people) ?? faultOf('second reader', atSecond, other, people)
  return { name, ...tally(people, visits), note: note ?? faultOfTower(atLamp, people) ?? 'ok' }
}

function makeReader(machine: Machine, layout: Layout, more: string, usb: typeof honeywellIds): Promise<Gadget> {
  const descriptor = `${descriptorOf(layout).slice(0, -2)}${more}c0`
  const [vendorId, productId] = [Number.parseInt(usb.vendorId, 16), Number.parseInt(usb.productId, 16)]
  const { serialNumber } = usb
  const does = { kind: 'hid', descriptor, reportBytes } as const
  return Gadget.make(machine, { name: 'Rig HID POS', vendorId, productId, serialNumber, does })
}

const toText = ({ kind, bytes }: Heard) => `${kind} ${bytes}`

function faultOf(who: string, told: readonly string[], { first, each }: Beeper, people: number): string | null {
  const expected = [...first, ...Array.from({ length: people }, () => each)]
  const same = told.length === expected.length && expected.every((report, i) => told[i] === report)
  return same ? null : `the ${who} was told ${told.join(', ') || 'nothing'}`
}

/** Between two people the tower says that it waits; a lamp that is green stays as it is for the next one. */
async function isWhiteAgain(lamp: Gadget, greens: number): Promise<boolean> {
  let told: string[] = []
  for (const end = performance.now() + heardWithinMs; performance.now() < end; ) {
    told = (await lamp.heard(told.length + 1, heardWithinMs)).map(toText)
    if (told.at(-1) === white && told.filter((report) => report === green).length >= greens) return true
  }
  return false
}

/** Green once for each person, and dark before and after. */
function faultOfTower(told: readonly string[], people: number): string | null {
  const greens = told.filter((report) => report === green).length
  if (greens !== people) return `the tower was green ${greens} times: ${told.join(', ')}`
  return told[0] === dark && told.at(-1) === dark ? null : 'the tower was not dark before and after'
}
