import { cardOf, toCccd } from '../support/people.ts'
import { Gate, type Reader } from './gate.ts'
import { descriptorOf, layouts, reportsOf } from './hid-scanner.ts'
import type { Machine } from './machine.ts'
import { type Row, tally } from './row.ts'

/** The name that the udev rule of `init.sh` gives to the reader made here. */
const reader: Reader = { id: 'r1', driver: 'hid-pos', path: '/dev/rig-hid' }
const device = { name: 'Rig HID POS', vendorId: 0x0c2e, productId: 0x0b8f, serialNumber: 'RIG-2' }
const openWithinMs = 60_000
const readWithinMs = 30_000
/** Bytes of the codes: within a report, exactly one and two reports, and the 20 reports of a certificate. */
const sizes = [0, 56, 112, 20 * 56] as const

/** HID POS readers of every layout, made by the kernel's uhid, read each size of code and are pulled out in mid-code. */
export async function hidPos(machine: Machine, rounds: number): Promise<Row> {
  const gate = await Gate.start(machine, '/data/hid-pos', { readers: [reader] })
  const name = 'HID POS (uhid): 4 layouts, codes of 1, 2 and 20 reports, pulled out in mid-code'
  if (gate === null) return { name, tries: 0, readOnce: 0, lost: 0, doubled: 0, note: 'the service did not start' }
  let note = 'ok'
  let shown = 0
  for (let i = 0; i < rounds * layouts.length && note === 'ok'; i++) {
    const layout = layouts[i % layouts.length]
    if (layout === undefined) continue
    const id = `hid${i}`
    await machine.ask({ kind: 'uhid-create', id, device: { ...device, descriptor: descriptorOf(layout) } })
    if (await gate.until(() => gate.opened === i + 1, openWithinMs)) {
      for (const size of sizes) {
        const before = gate.shown.length
        const reports = reportsOf(layout, codeOf(shown, size), i % 2 === 1)
        await machine.ask({ kind: 'uhid-input', id, reports })
        shown++
        if (!(await gate.until(() => gate.shown.length > before, readWithinMs)))
          note = `${layout.name}: not read, ${size} bytes`
      }
    } else note = `${layout.name}: not opened`
    const [torn = ''] = reportsOf(layout, codeOf(500_000 + i, 112), false)
    await machine.ask({ kind: 'uhid-input', id, reports: [torn] })
    await machine.ask({ kind: 'uhid-destroy', id })
    await gate.until(() => gate.isAbsent, openWithinMs)
  }
  const visits = await gate.stop()
  return { name, ...tally(shown, visits), note }
}

/** The card of one person, with an address that brings the code to this many bytes; 0: as short as it is. */
function codeOf(person: number, size: number): Uint8Array {
  const short = { ...cardOf(person), former: '', name: 'Lê Mẫu', address: 'HN' }
  const missing = size - Buffer.byteLength(toCccd(short))
  return Buffer.from(toCccd({ ...short, address: `HN${'x'.repeat(Math.max(0, missing))}` }))
}
