import { writeFileSync } from 'node:fs'
import encodeQR from 'qr'
import type { UsbDevice } from '../../contract/settings.ts'
import { needsRole, Roles, testCode } from '../roles.ts'
import { readSettings } from '../settings.ts'
import { dataFolder } from './data-folder.ts'
import { failed } from './failed.ts'

/** The quiet zone, in modules (ISO/IEC 18004). */
const border = 4

type Options = { data?: string; settings?: string; page?: string }
type Row = { readonly lane: string; readonly reader: string; readonly code: string; readonly device: string }

/**
 * `gate-kiosk roles`: the test code of every reader whose settings name no device, in the terminal or, with `--page`, as
 * a page to show on a telephone or to print. While the gate is at work, the reader that reads a code gets its role.
 */
export function showTestCodes(options: Options): number {
  const dir = dataFolder(options)
  const settings = readSettings(options.settings)
  if (typeof settings === 'string') return failed(settings, 2)
  const roles = Roles.open(dir)
  if (typeof roles === 'string') return failed(roles)
  const rows = settings.lanes.flatMap((lane) =>
    lane.readers.filter(needsRole).map((reader): Row => {
      const placed = roles.placed(reader)
      const device = 'usb' in placed && placed.usb !== undefined ? nameOf(placed.usb) : 'no device yet'
      return { lane: lane.name, reader: reader.id, code: testCode(reader.id), device }
    }),
  )
  if (rows.length === 0) return failed('no serial or hid-pos reader of these settings waits for a test code')
  if (options.page !== undefined) return writePage(options.page, rows)
  for (const { lane, reader, code, device } of rows)
    process.stdout.write(`${lane}: ${reader}, ${device}\n${encodeQR(code, 'term', { border })}\n`)
  return 0
}

function writePage(path: string, rows: readonly Row[]): number {
  try {
    writeFileSync(path, pageOf(rows))
  } catch (error) {
    return failed(`${path}: cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }
  process.stdout.write(`${path}\n`)
  return 0
}

function pageOf(rows: readonly Row[]): string {
  const codes = rows.map(
    ({ lane, reader, code, device }) =>
      `<section><h1>${escaped(lane)}</h1><p>${escaped(reader)}, ${escaped(device)}</p>${encodeQR(code, 'svg', { border })}</section>`,
  )
  return `<!doctype html>
<meta charset="utf-8">
<title>Gate Kiosk</title>
<style>body { font: 16px sans-serif; background: #fff; color: #000 } section { break-after: page } svg { width: 8cm }</style>
<p>Quét mã bằng đầu đọc của làn. · Scan each code with the reader you want at that lane.</p>
${codes.join('\n')}
`
}

function nameOf({ vendorId, productId, serialNumber, port }: UsbDevice): string {
  const socket = port === undefined ? [] : [`at ${port}`]
  return [`${vendorId}:${productId}`, ...(serialNumber === undefined ? [] : [serialNumber]), ...socket].join(' ')
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
