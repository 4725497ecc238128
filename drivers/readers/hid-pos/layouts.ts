import type { UsbInfo } from '../driver.ts'
import type { ReportField } from './descriptor.ts'

/** Where the parts of a scanned-data report stand: offsets in bytes in the report as the system hands it over. */
export type Layout = {
  /** The first byte of such a report; 0 where any report is one. */
  readonly reportId: number
  /** The byte that counts the bytes of data; null where data ends with its last byte that is not NUL. */
  readonly count: number | null
  /** The three bytes of the AIM identifier (ISO/IEC 15424), if there are any. */
  readonly symbology: readonly number[]
  readonly data: number
  /** Bytes of data that fit in. */
  readonly capacity: number
  /** Which bit tells that the next report goes on; null where nothing tells. */
  readonly continued: { readonly byte: number; readonly mask: number } | null
}

/** Tells what a report is; null: no scanned data. `begun` is the layout of the message that this report may belong to. */
export type LayoutOf = (report: Uint8Array, begun: Layout | null) => Layout | null

/** Access-IS LSR118 Product Manual (2020), appendix B.1; readers of Honeywell and many others do the same. */
const honeywell: Layout = {
  reportId: 2,
  count: 1,
  symbology: [2, 3, 4],
  data: 5,
  capacity: 56,
  continued: { byte: 63, mask: 1 },
}
/** Newland NLS-FM420 Integration Guide, "HID-POS", page 47. */
const newland: Layout = { ...honeywell, symbology: [], data: 2 }
/** NielsLeenheer/WebHidBarcodeScanner, src/main.js: the identifier stands one byte later, the flag where it was. */
const shifted: Layout = { ...honeywell, symbology: [3, 4, 5], data: 6 }
/** The fields of the specification's scanned-data report and nothing else, so no byte count. */
const uncounted: Layout = {
  reportId: 2,
  count: null,
  symbology: [1, 2, 3],
  data: 4,
  capacity: 56,
  continued: { byte: 60, mask: 1 },
}

/** Whatever stands behind the id. */
const unknown: Layout = { reportId: 0, count: null, symbology: [], data: 1, capacity: 0, continued: null }

export const isHoneywell = (usb: UsbInfo | null) => usb?.vendorId === '0c2e' || usb?.vendorId === '23d0'
const isNewland = (usb: UsbInfo | null) => usb?.vendorId === '1eab'

/** By the descriptor's `fields` where they name scanned data, else by the vendor, else by what the reports look like. */
export function layoutsOf(fields: readonly ReportField[], usb: UsbInfo | null): LayoutOf {
  const declared = declaredLayouts(fields)
  const known = declared.length > 0 ? declared : isHoneywell(usb) ? [honeywell] : isNewland(usb) ? [newland] : null
  if (known === null) return (report, begun) => begun ?? guess(report)
  return (report) => known.find(({ reportId }) => reportId === 0 || reportId === report[0]) ?? null
}

/** HID Point of Sale Usage Tables 1.02, section 3; Byte Count is of the Generic Desktop page. */
const usages = { byteCount: 0x1003b, symbology: [0x8c00fb, 0x8c00fc, 0x8c00fd], data: 0x8c00fe, continued: 0x8c00ff }

function declaredLayouts(fields: readonly ReportField[]): Layout[] {
  const inputs = fields.filter(({ kind }) => kind === 'input')
  const found = inputs.filter(({ usage }) => usage === usages.data)
  return found.flatMap((data) => declaredLayout(data, inputs) ?? [])
}

function declaredLayout(data: ReportField, inputs: readonly ReportField[]): Layout | null {
  // A report that has no id begins with its first field.
  const idBytes = data.reportId === 0 ? 0 : 1
  const find = (usage: number) => inputs.find((field) => field.usage === usage && field.reportId === data.reportId)
  const byteOf = (field: ReportField) => idBytes + Math.floor(field.bit / 8)
  const isBytes = (field: ReportField) => field.bit % 8 === 0 && (field.size * field.count) % 8 === 0
  if (!isBytes(data)) return null
  const [count, continued] = [find(usages.byteCount), find(usages.continued)]
  const symbology = usages.symbology.flatMap((usage) => find(usage) ?? []).filter(isBytes)
  return {
    reportId: data.reportId,
    count: count !== undefined && isBytes(count) ? byteOf(count) : null,
    symbology: symbology.length === usages.symbology.length ? symbology.map(byteOf) : [],
    data: byteOf(data),
    capacity: (data.size * data.count) / 8,
    continued: continued === undefined ? null : { byte: byteOf(continued), mask: maskOf(continued) },
  }
}

/** The flag may be one bit, or the first of eight that all have its usage, or a whole byte. */
const maskOf = ({ bit, size }: ReportField) => (((1 << Math.min(size, 8)) - 1) << (bit % 8)) & 0xff

/** Whether an AIM identifier stands at these places of a report: `]`, a letter, a letter or digit. */
export function isSymbology(report: Uint8Array, places: readonly number[]): boolean {
  return /^\][A-Za-z][0-9A-Za-z]$/.test(String.fromCharCode(...places.map((at) => report[at] ?? 0)))
}

/** For a reader of an unknown vendor on a system that gives no descriptor. Every report is something. */
function guess(report: Uint8Array): Layout {
  const count = report[1] ?? 0
  const has = ({ symbology }: Layout) => isSymbology(report, symbology)
  if (has(uncounted)) return anyId(uncounted)
  if (count < 1 || count > newland.capacity) return { ...unknown, capacity: report.length }
  // Data may itself begin with an identifier, which is then counted: behind the count stand NULs only.
  const isCounted = report.subarray(2 + count, 5 + count).every((byte) => byte === 0)
  if (has(honeywell)) return anyId(isCounted ? newland : honeywell)
  return anyId(has(shifted) ? shifted : newland)
}

const anyId = (layout: Layout): Layout => ({ ...layout, reportId: 0 })
