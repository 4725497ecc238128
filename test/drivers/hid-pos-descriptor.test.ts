import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDescriptor } from '../../drivers/readers/hid-pos/descriptor.ts'
import { layoutsOf } from '../../drivers/readers/hid-pos/layouts.ts'
import { signalReports } from '../../drivers/readers/hid-pos/signals.ts'
import { descriptors, unnumbered } from './hid-pos-reports.ts'

const layoutIn = (descriptor: Uint8Array, reportId = 2) =>
  layoutsOf(parseDescriptor(descriptor), null)(Uint8Array.of(reportId), null)

describe('a report descriptor', () => {
  it.each([
    ['honeywell', { count: 1, symbology: [2, 3, 4], data: 5, capacity: 56, continued: { byte: 63, mask: 1 } }],
    ['newland', { count: 1, symbology: [], data: 2, capacity: 56, continued: { byte: 63, mask: 1 } }],
    ['shifted', { count: 1, symbology: [3, 4, 5], data: 6, capacity: 56, continued: { byte: 63, mask: 255 } }],
    ['uncounted', { count: null, symbology: [1, 2, 3], data: 4, capacity: 56, continued: { byte: 60, mask: 1 } }],
  ] as const)('tells where the parts of a report stand: %s', (name, layout) => {
    expect(layoutIn(descriptors[name])).toEqual({ reportId: 2, ...layout })
  })

  it('of a reader that does not number its reports begins with the first field', () => {
    const layout = { reportId: 0, count: null, symbology: [0, 1, 2], data: 3, capacity: 28 }
    expect(layoutIn(unnumbered)).toEqual({ ...layout, continued: { byte: 31, mask: 255 } })
  })

  it('says of other reports that they are no scanned data', () => {
    expect(layoutIn(descriptors.honeywell, 4)).toBeNull()
  })

  it('counts bits for every kind of report and every id by itself', () => {
    const fields = parseDescriptor(descriptors.honeywell)
    const first = fields.filter(({ bit }) => bit === 0).map(({ kind, reportId }) => `${kind} ${reportId}`)
    expect(first).toEqual(['input 2', 'output 4', 'feature 254', 'output 253'])
  })

  it('tells which bits of an output report sound the beeper and start a reading', () => {
    const reports = [...signalReports(parseDescriptor(descriptors.honeywell), null)]
    expect(reports.map(([signal, report]) => [signal, ...report])).toEqual([
      ['good', 4, 0x40],
      ['bad', 4, 0x20],
      ['trigger', 4, 0x04],
    ])
  })

  it.each([
    ['a field of 4 GB', '75 08 97 ff ff ff ff 09 fe 81 02'],
    ['a pop without a push', 'b4 75 08 95 38 05 8c 09 fe 81 02'],
    ['report id 0', '85 00 75 08 95 38 05 8c 09 fe 81 02'],
    ['an item that is cut off', '75 08 95 38 05 8c 09 fe 82 02'],
    ['a long item that is cut off', '75 08 95 38 05 8c 09 fe 81 02 fe ff 00'],
  ])('with %s has no fields', (_name, text) => {
    expect(parseDescriptor(Buffer.from(text.replaceAll(' ', ''), 'hex'))).toEqual([])
  })

  it('of any bytes, or with any byte changed, is read without an exception', () => {
    const changed = fc
      .tuple(fc.constantFrom(...Object.values(descriptors)), fc.nat(200), fc.nat(255))
      .map(([descriptor, at, byte]) => descriptor.with(at % descriptor.length, byte))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), changed), (descriptor) => {
        const fields = parseDescriptor(descriptor)
        layoutsOf(fields, null)(new Uint8Array(64), null)
        signalReports(fields, null)
        return fields.every(({ bit, size, count }) => bit + size * count <= 65_536)
      }),
      { numRuns: 500 },
    )
  })
})
