/** Reports and descriptors written by hand from the documents that each one names; none was recorded from a device. */

type Shape = { count: number | null; symbology: number | null; data: number; continued: number; length: number }

const shapes = {
  /** Access-IS LSR118 Product Manual (2020), appendix B.1. */
  honeywell: { count: 1, symbology: 2, data: 5, continued: 63, length: 64 },
  /** Newland NLS-FM420 Integration Guide, page 47. */
  newland: { count: 1, symbology: null, data: 2, continued: 63, length: 64 },
  /** NielsLeenheer/WebHidBarcodeScanner, src/main.js. */
  shifted: { count: 1, symbology: 3, data: 6, continued: 63, length: 64 },
  /** HID Point of Sale Usage Tables 1.02: what a scanned-data report must have. */
  uncounted: { count: null, symbology: 1, data: 4, continued: 60, length: 61 },
} satisfies Record<string, Shape>

export type ShapeName = keyof typeof shapes
export const shapeNames: readonly ShapeName[] = ['honeywell', 'newland', 'shifted', 'uncounted']

/** The reports of one code, QR by its identifier. `clone` never says that its last report, if full, is the last. */
export function reportsOf(code: string | Uint8Array, shape: ShapeName, clone = false): Uint8Array[] {
  const bytes = Buffer.from(code)
  const { count, symbology, data, continued, length }: Shape = shapes[shape]
  const reports: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 56) {
    const part = bytes.subarray(at, at + 56)
    const report = new Uint8Array(length)
    report[0] = 2
    if (count !== null) report[count] = part.length
    if (symbology !== null) report.set(Buffer.from(']Q1'), symbology)
    report.set(part, data)
    report[continued] = at + 56 < bytes.length || (clone && part.length === 56) ? 1 : 0
    reports.push(report)
  }
  return reports
}

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'))

export const descriptors = {
  /** The places of the manual above, 8 fields for the flag; output 4: triggers and beeps; feature 254, output 253. */
  honeywell: hex(`
    05 8c 09 02 a1 01 15 00 26 ff 00 75 08
      85 02 95 01 0b 3b 00 01 00 81 02 09 fb 81 02 09 fc 81 02 09 fd 81 02 95 38 09 fe 81 02 95 02 81 03
        75 01 95 08 09 ff 81 02
      85 04 95 01 91 03 95 02 19 5f 29 60 91 02 95 02 91 03 19 85 29 86 91 02 95 01 91 03
      06 00 ff 75 08 85 fe 09 01 b1 02 85 fd 09 02 91 02 95 3e 09 03 91 02
    c0`),
  /** Byte count and data without an identifier; 4 bytes of padding, 1 of the vendor, 1 flag and 7 bits of padding. */
  newland: hex(`
    05 8c 09 02 a1 01 85 02 15 00 26 ff 00 75 08
      95 01 05 01 09 3b 81 02 05 8c 95 38 09 fe 81 02 95 04 81 03 95 01 06 00 ff 09 01 81 02
      05 8c 25 01 75 01 09 ff 81 02 75 07 81 03
    c0`),
  /** The identifier as a range of usages, behind a byte of padding that a push and pop surround. */
  shifted: hex(`
    05 8c 09 02 a1 01 85 02 15 00 26 ff 00 75 08
      95 01 05 01 09 3b 81 02 a4 75 04 95 02 81 03 b4 05 8c
      95 03 19 fb 29 fd 81 02 95 38 09 fe 82 02 01 95 01 81 03 09 ff 81 02
    c0`),
  /** No count; usages with their page (32 bits), and a long item that means nothing. */
  uncounted: hex(`
    05 8c 09 02 a1 01 fe 03 f0 01 02 03 85 02 15 00 26 ff 00 75 08
      95 03 0b fb 00 8c 00 0b fc 00 8c 00 0b fd 00 8c 00 81 02 05 01 95 38 0b fe 00 8c 00 81 02
      75 01 95 01 0b ff 00 8c 00 81 02 75 07 81 03
    c0`),
} satisfies Record<ShapeName, Uint8Array>

/** A reader that does not number its reports: the identifier first, 28 bytes of data, a flag of 8 bits. */
export const unnumbered = hex(
  '05 8c 09 02 a1 01 75 08 95 03 09 fb 09 fc 09 fd 81 02 95 1c 09 fe 81 02 95 01 09 ff 81 02 c0',
)
