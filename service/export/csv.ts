import { stringify } from 'csv-stringify/sync'
import type { Content } from './new-file.ts'

/**
 * RFC 4180 in UTF-8; the byte order mark tells Excel so. What a spreadsheet would take for a formula gets a `'` in front of
 * it.
 */
export async function* csv(headers: string[], pages: Iterable<string[][]>): Content {
  yield stringify([headers], { ...options, bom: true })
  for (const page of pages) yield stringify(page, options)
  return null
}

const options = { record_delimiter: 'windows', quoted: true, escape_formulas: true } as const
