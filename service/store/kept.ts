import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { syncFolder } from '../atomic-file.ts'
import { prepare } from './database.ts'
import { baseOf, faultOf, type Head, type Row } from './row.ts'
import { VisitLog } from './visits.ts'

/** A log that takes no visits any more, with every reading there is of each of its visits. */
export type OwedLog = {
  readonly id: string
  /** The platform holds all up to here. */
  readonly acked: number
  readonly device: string | null
  rows(seq: number): Row[]
}

const pageSize = 500

function keptFolder(dir: string): string {
  return join(dir, 'kept')
}

/** Where a log that only waits for its upload is kept: what was owed of a damaged database, or a restored backup. */
function keptFile(dir: string, log: string): string {
  return join(keptFolder(dir), `${log}.db`)
}

export function keptFiles(dir: string): string[] {
  if (!existsSync(keptFolder(dir))) return []
  return readdirSync(keptFolder(dir))
    .filter((name) => name.endsWith('.db'))
    .map((name) => join(keptFolder(dir), name))
    .toSorted()
}

/**
 * Writes what is owed of a log, up to its first visit that cannot be read, into a file of its own, or behind what such a
 * file holds already. Says what it did.
 */
export function keepLog(dir: string, log: OwedLog): string {
  const path = keptFile(dir, log.id)
  const part = `${path}.part`
  mkdirSync(keptFolder(dir), { recursive: true, mode: 0o700 })
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${part}${suffix}`, { force: true })
  if (existsSync(path)) return kept(log, write(path, log))
  const written = write(part, log)
  if (written.first > written.last) rmSync(part)
  else renameSync(part, path)
  syncFolder(keptFolder(dir))
  return kept(log, written)
}

type Written = { readonly first: number; readonly last: number }

function kept({ id }: OwedLog, { first, last }: Written): string {
  return first > last
    ? `the log ${id} owes the platform nothing more that can be read`
    : `visits ${first} to ${last} of the log ${id} are kept for their upload`
}

/** The first and the last number written; the last is the smaller one where there was none. */
function write(path: string, { id, acked, device, rows }: OwedLog): Written {
  const db = new Database(path)
  try {
    prepare(db)
    const visits = new VisitLog(db)
    let head = visits.last() === 0 ? null : visits.head()
    if (head === null) db.prepare('UPDATE log SET id = ?, acked = ?, device = ?').run(id, acked, device)
    const first = (head?.seq ?? acked) + 1
    let page: Row[]
    do {
      page = nextPage(rows, acked, head)
      visits.insert(page.map((row) => ({ row, person: null })))
      head = page.at(-1) ?? head
    } while (page.length === pageSize)
    return { first, last: head?.seq ?? acked }
  } finally {
    db.close()
  }
}

/** The visits that come next and are whole; the first one's word is taken for what came before it. */
function nextPage(rows: OwedLog['rows'], acked: number, before: Head | null): Row[] {
  const page: Row[] = []
  let head = before
  while (page.length < pageSize) {
    const next = rows((head?.seq ?? acked) + 1).find((row) => faultOf(row, head ?? baseOf(row)) === null)
    if (next === undefined) break
    page.push(next)
    head = next
  }
  return page
}
