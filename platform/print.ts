import { once } from 'node:events'
import { Visit } from '../sync/protocol.ts'
import type { Listed } from './visits.ts'

/** Waits for a slow reader, so that a long list does not pile up in memory. */
export async function print(text: string) {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

/** A JSON array, one of them a line. */
export async function printJson(pages: AsyncIterable<object[]> | Iterable<object[]>) {
  let separator = '[\n'
  for await (const page of pages) {
    for (const entry of page) {
      await print(separator + JSON.stringify(entry))
      separator = ',\n'
    }
  }
  await print(separator === '[\n' ? '[\n]\n' : '\n]\n')
}

const columns = ['at', 'gate', 'direction', 'outcome', 'reason', 'kind', 'name']
const widths = [29, 37, 9, 9, 14, 8, 0]

export async function printTable(pages: AsyncIterable<Listed[]>) {
  await print(line(columns))
  for await (const page of pages) await print(page.map((visit) => line(cells(visit))).join(''))
}

/** A table as wide as its contents; `columns` are its head. */
export async function printRows(columns: string[], rows: string[][]) {
  const all = [columns, ...rows.map((row) => row.map(harmless))]
  const wide = columns.map((_, index) => all.reduce((most, row) => Math.max(most, row[index]?.length ?? 0), 0))
  for (const row of all) {
    await print(
      `${row
        .map((cell, index) => cell.padEnd(wide[index] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    )
  }
}

function cells(listed: Listed) {
  if (listed.rejected !== undefined) return [listed.receivedAt, '', '', 'rejected', listed.rejected.code, '', '']
  const { at, gate, direction, outcome, reason, credential, personal } = Visit.parse(listed)
  return [at, gate, direction, outcome, reason, credential.kind, personal?.masked.name ?? '']
}

/** A line of a list that goes on: its columns are as wide as those of `widths`. */
export function line(values: string[]) {
  const padded = values.map((value, index) => harmless(value).padEnd(widths[index] ?? 0))
  return `${padded.join('  ').trimEnd()}\n`
}

/** A visit holds whatever a gate sent; a terminal obeys control characters. */
function harmless(text: string) {
  return text.replace(/\p{C}/gu, '?')
}
