/** How a HID POS reader lays out a report of 63 bytes after its id, which is 2. */
export type Layout = {
  readonly name: string
  /** Descriptor items between the start of the collection and its end. */
  readonly fields: readonly string[]
  /** Where the length, the AIM identifier and the data begin, counted from the report id at 0; null: it has none. */
  readonly length: number | null
  readonly aim: number | null
  readonly data: number
}

/** Device Class Definition for HID 1.11, section 6.2.2: Input (Data, Variable), (Constant), (Buffered Bytes). */
const one = '8102'
const constant = '8103'
const bytes = '820201'
const field = (usage: string, count: string, input: string) => `058c09${usage}7508${`95${count}`}${input}`
const byteCount = `0501093b75089501${one}`
const padding = (count: string) => `750895${count}${constant}`
/** HID Point of Sale Usage Tables 1.02: FB to FD symbology identifiers, FE decoded data, FF data continued. */
const aimIdentifier = `058c09fb09fc09fd75089503${one}`
const data = field('fe', '38', bytes)
const continued = `058c09ff750125019501${one}75079501${constant}`

/** Sources: Access-IS LSR118 manual, page 68; Newland FM420 manual, page 57; the last two are known from other drivers. */
export const layouts: readonly Layout[] = [
  {
    name: 'Honeywell',
    fields: [byteCount, aimIdentifier, data, padding('02'), continued],
    length: 1,
    aim: 2,
    data: 5,
  },
  {
    name: 'Newland',
    fields: [byteCount, data, padding('04'), field('fb', '01', one), continued],
    length: 1,
    aim: null,
    data: 2,
  },
  { name: 'no length', fields: [aimIdentifier, data, padding('03'), continued], length: null, aim: 1, data: 4 },
  {
    name: 'shifted AIM',
    fields: [byteCount, padding('01'), aimIdentifier, data, padding('01'), continued],
    length: 1,
    aim: 3,
    data: 6,
  },
]

const dataBytes = 56
const reportBytes = 64

export function descriptorOf({ fields }: Layout): string {
  return `058c0902a1018502150026ff00${fields.join('')}c0`
}

/** The reports of one code in hexadecimal digits. `isClone`: full reports say "continued", also the last one. */
export function reportsOf(layout: Layout, code: Uint8Array, isClone: boolean): string[] {
  const reports: string[] = []
  for (let at = 0; at < code.length; at += dataBytes) {
    const part = code.subarray(at, at + dataBytes)
    const report = Buffer.alloc(reportBytes)
    report[0] = 2
    if (layout.length !== null) report[layout.length] = part.length
    if (layout.aim !== null) report.write(']Q1', layout.aim, 'latin1')
    report.set(part, layout.data)
    const isLast = at + dataBytes >= code.length
    report[reportBytes - 1] = !isLast || (isClone && part.length === dataBytes) ? 1 : 0
    reports.push(report.toString('hex'))
  }
  return reports
}
