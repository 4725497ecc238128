import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { isDamage, isStorageFault } from './fault.ts'
import { migrations } from './migrations.ts'

export type Opened =
  | { kind: 'open'; db: Database.Database }
  | { kind: 'refused'; why: string }
  /** The file is no database, or none any more. */
  | { kind: 'damaged'; why: string }

export function databaseFile(dir: string): string {
  return join(dir, 'gate.db')
}

/** Opens a database for its one writer, and brings its schema up to date. */
export function openForWriting(path: string): Opened {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return openFile(path, { readonly: false })
}

/** Opens a database beside a running service. */
export function openForReading(path: string): Opened {
  const opened = openFile(path, { readonly: true })
  if (opened.kind !== 'open' || version(opened.db) === migrations.length) return opened
  const why = `the database has version ${version(opened.db)}, expected ${migrations.length}: gate-kiosk serve brings it up to date`
  opened.db.close()
  return { kind: 'refused', why }
}

/** Opens a file that is a database, and none of a later program. */
function openFile(path: string, options: { readonly: boolean }): Opened {
  let db: Database.Database | undefined
  try {
    db = new Database(path, options)
    const found = version(db)
    if (found <= migrations.length) {
      if (!options.readonly) prepare(db)
      return { kind: 'open', db }
    }
    db.close()
    return {
      kind: 'refused',
      why: `the database has version ${found}, this program knows versions up to ${migrations.length}: install the newer program`,
    }
  } catch (error) {
    db?.close()
    if (!isStorageFault(error)) throw error
    return { kind: isDamage(error) ? 'damaged' : 'refused', why: `${path} cannot be opened: ${error.message}` }
  }
}

/** Brings a database's settings and schema up to date. Throws SqliteError. */
export function prepare(db: Database.Database): void {
  // Before the first table, or it has no effect.
  db.pragma('auto_vacuum = INCREMENTAL')
  for (const pragma of [
    'journal_mode = WAL',
    'synchronous = FULL',
    // For macOS, where fsync alone does not reach the disk.
    'fullfsync = ON',
    'foreign_keys = ON',
    'trusted_schema = OFF',
    'cell_size_check = ON',
    'temp_store = MEMORY',
    'secure_delete = ON',
    'wal_autocheckpoint = 256',
    'journal_size_limit = 16777216',
  ]) {
    db.pragma(pragma)
  }
  migrate(db)
}

function version(db: Database.Database): number {
  return Number(db.pragma('user_version', { simple: true }))
}

function migrate(db: Database.Database) {
  for (let step = version(db); step < migrations.length; step++) {
    db.transaction(() => {
      db.exec(migrations[step] ?? '')
      db.pragma(`user_version = ${step + 1}`)
    }).immediate()
  }
  db.prepare('INSERT INTO log (one, id) VALUES (1, ?) ON CONFLICT DO UPDATE SET one = 1').run(randomUUID())
  // The library's build falls back to NORMAL at the first write in WAL mode, and a power cut then takes visits.
  if (db.pragma('synchronous', { simple: true }) !== 2)
    throw new Error('expected synchronous = FULL after the first write')
}
