import type { ReaderSignal, UsbInfo } from '../driver.ts'
import type { ReportField } from './descriptor.ts'
import { isHoneywell } from './layouts.ts'

/** HID Point of Sale Usage Tables 1.02, section 3: Sound Good Read Beep, Sound Error Beep, Initiate Barcode Read. */
const usages: readonly (readonly [ReaderSignal, number])[] = [
  ['good', 0x8c0086],
  ['bad', 0x8c0085],
  ['trigger', 0x8c0060],
]

/** The output report of every signal that the reader has, its id in front. [documentation only] */
export function signalReports(
  fields: readonly ReportField[],
  usb: UsbInfo | null,
): ReadonlyMap<ReaderSignal, Uint8Array> {
  const outputs = fields.filter(({ kind }) => kind === 'output')
  const reports = new Map<ReaderSignal, Uint8Array>()
  for (const [signal, usage] of usages) {
    const field = outputs.find((output) => output.usage === usage)
    if (field !== undefined) reports.set(signal, oneBit(field, outputs))
  }
  if (isHoneywell(usb)) {
    reports.set('good', serialCommand(0x16, 0x07, 0x0d))
    reports.set('trigger', serialCommand(0x16, 0x54, 0x0d))
  }
  return reports
}

function oneBit(field: ReportField, outputs: readonly ReportField[]): Uint8Array {
  const ends = outputs.filter(({ reportId }) => reportId === field.reportId).map((f) => f.bit + f.size * f.count)
  const report = new Uint8Array(1 + Math.ceil(Math.max(...ends) / 8))
  report[0] = field.reportId
  report[1 + Math.floor(field.bit / 8)] = 1 << (field.bit % 8)
  return report
}

/**
 * What a serial line would send, in report 253: its length and up to 62 bytes. Access-IS LSR118 Product Manual (2020),
 * appendix B; HenkVanAsselt/python_hon_usbhid, README, has these two commands for Honeywell.
 */
function serialCommand(...command: readonly number[]): Uint8Array {
  const report = new Uint8Array(64)
  report.set([253, command.length, ...command])
  return report
}
