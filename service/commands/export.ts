import { z } from 'zod'
import { headers } from '../export/columns.ts'
import { csv } from '../export/csv.ts'
import { writeHandOver } from '../export/hand-over.ts'
import { writeNew } from '../export/new-file.ts'
import { rows } from '../export/rows.ts'
import { xlsx } from '../export/xlsx.ts'
import { Store } from '../store/index.ts'
import { dataFolder, UsageError } from './data-folder.ts'
import { failed } from './failed.ts'

const Day = z.iso.date('expected a date as 2026-11-21')
const Table = z.object({
  format: z.enum(['csv', 'xlsx']),
  from: Day.optional(),
  to: Day.optional(),
  refused: z.boolean(),
  language: z.enum(['vi', 'en'], 'expected --language vi or en'),
})
type Table = z.infer<typeof Table>
const HandOver = z.object({
  format: z.literal('hand-over'),
  from: z.undefined('--from is for tables').optional(),
  to: z.undefined('--to is for tables').optional(),
  refused: z.literal(false, '--refused is for tables'),
})
const Request = z.discriminatedUnion('format', [Table, HandOver], 'expected --format csv, xlsx or hand-over')

/**
 * `gate-kiosk export`: writes visits to a new file, also while the gate runs. `csv` and `xlsx` are tables for people, with
 * masked data alone; `hand-over` is what the platform lacks, and only the platform can open it.
 */
export async function exportVisits(options: { data?: string }, files: string[]): Promise<number> {
  const dir = dataFolder(options)
  const [file, ...more] = files
  if (file === undefined || more.length > 0) throw new UsageError('expected one file')
  const request = Request.safeParse(options)
  if (!request.success) throw new UsageError(request.error.issues[0]?.message)
  const why = await (request.data.format === 'hand-over'
    ? writeHandOver(dir, file)
    : writeTable(dir, file, request.data))
  if (why !== null) return failed(why)
  process.stdout.write(`${file}\n`)
  return 0
}

/** Null: done. A string says why not. */
async function writeTable(
  dir: string,
  file: string,
  { format, language, ...selection }: Table,
): Promise<string | null> {
  const store = Store.open(dir, 'read')
  if (typeof store === 'string') return store
  const write = format === 'csv' ? csv : xlsx
  const why = await writeNew(file, write(headers(language), rows(store, selection)))
  store.close()
  return why
}
