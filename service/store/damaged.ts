import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { syncFolder, writeAtomically } from '../atomic-file.ts'
import { readIfThere } from '../secrets.ts'
import { databaseFile } from './database.ts'
import { isStorageFault } from './fault.ts'
import { journalFolder, readJournal } from './journal-files.ts'
import { keepLog, type OwedLog } from './kept.ts'
import type { Row } from './row.ts'

const prefix = 'damaged-'

type Policy = { version: number; jws: string }
type LogRow = { id: string; acked: number; device: string | null }

/** The damaged database, as far as it can be read. */
type Wreck = { log: LogRow | undefined; policy: Policy | undefined; row(seq: number): Row | undefined; close(): void }

/** Names of the folders that hold a database which was set aside, oldest first. They stay until a person moves them. */
export function damagedFolders(dir: string): string[] {
  const names = readable(() => readdirSync(dir)) ?? []
  return names.filter((name) => name.startsWith(prefix)).toSorted()
}

function noteFile(dir: string): string {
  return join(dir, 'damage.txt')
}

/** Notes that the database was found damaged at work: the next start sets it aside. */
export function noteDamage(dir: string, why: string): void {
  writeAtomically(noteFile(dir), why)
}

export function damageNoted(dir: string): string | null {
  return readIfThere(noteFile(dir))
}

/**
 * Moves the database and its journal into a folder of their own. What of them is still owed to the platform is in a kept
 * log before anything is moved, so that a power cut between the steps only repeats them.
 */
export function setAside(dir: string, why: string): { policy: Policy | undefined; report: string[] } {
  const wreck = openWreck(databaseFile(dir))
  const owed = owedLogs(dir, wreck)
  const kept = owed.map((log) => keepLog(dir, log))
  wreck.close()
  const folder = join(dir, `${prefix}${new Date().toISOString().replaceAll(':', '-')}`)
  mkdirSync(folder, { mode: 0o700 })
  writeAtomically(join(folder, 'why.txt'), why)
  const file = databaseFile(dir)
  // The database goes first: without its log of changes it would seem to be whole.
  for (const path of [file, `${file}-wal`, `${file}-shm`, journalFolder(dir), noteFile(dir)]) move(path, dir, folder)
  return { policy: wreck.policy, report: [`${why}: set aside in ${folder}`, ...kept] }
}

/** Removes what was set aside, with the personal data in it. */
export function removeDamaged(dir: string): void {
  for (const name of damagedFolders(dir)) rmSync(join(dir, name), { recursive: true, force: true })
}

function move(path: string, dir: string, folder: string) {
  if (!existsSync(path)) return
  renameSync(path, join(folder, path.slice(dir.length + 1)))
  syncFolder(dir)
}

function openWreck(path: string): Wreck {
  const nothing = { log: undefined, policy: undefined, row: () => undefined, close: () => {} }
  if (!existsSync(path)) return nothing
  const db = readable(() => new Database(path, { readonly: true }))
  if (db === undefined) return nothing
  const one = readable(() => db.prepare<[number], Row>('SELECT seq, body, personal, hash FROM visits WHERE seq = ?'))
  return {
    log: readable(() => db.prepare<[], LogRow>('SELECT id, acked, device FROM log').get()),
    policy: readable(() => db.prepare<[], Policy>('SELECT version, jws FROM policy').get()),
    row: (seq) => readable(() => one?.get(seq)),
    close: () => db.close(),
  }
}

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    if (!isStorageFault(error)) throw error
    return undefined
  }
}

/** What each log in the folder still owes: that of the database, and that of the journal where it is another one. */
function owedLogs(dir: string, wreck: Wreck): OwedLog[] {
  const journals = new Map<string, Map<number, Row>>()
  for (const file of readJournal(dir)) {
    if (file.kind === 'unreadable') continue
    const rows = journals.get(file.segment.log) ?? new Map<number, Row>()
    for (const { row } of file.entries) rows.set(row.seq, row)
    journals.set(file.segment.log, rows)
  }
  const ids = new Set(journals.keys())
  if (wreck.log !== undefined) ids.add(wreck.log.id)
  return [...ids].map((id) => {
    const rows = journals.get(id) ?? new Map<number, Row>()
    const own = wreck.log?.id === id ? wreck.log : undefined
    // Without the database's word the journal begins about where the platform's receipts end.
    const acked = own?.acked ?? Math.min(...rows.keys()) - 1
    // A log whose own page is gone is still the one that the journal is of.
    const inWreck = own !== undefined || wreck.log === undefined
    return {
      id,
      acked,
      device: own?.device ?? null,
      rows: (seq: number) => [rows.get(seq), inWreck ? wreck.row(seq) : undefined].filter((row) => row !== undefined),
    }
  })
}
