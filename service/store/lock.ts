import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

export type Lock = { kind: 'held'; release(): void } | { kind: 'taken' } | { kind: 'refused'; why: string }

/**
 * Makes this process the only service on the data folder. The lock is SQLite's own file lock on a file of its own, so
 * that the system frees it however the process ends, and readers of the database are not kept out.
 */
export function lockFolder(dir: string): Lock {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const file = join(dir, 'service.lock')
  const db = new Database(file, { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
    return { kind: 'held', release: () => db.close() }
  } catch (error) {
    db.close()
    if (!(error instanceof Database.SqliteError)) throw error
    return error.code === 'SQLITE_BUSY'
      ? { kind: 'taken' }
      : { kind: 'refused', why: `${file} cannot be locked: ${error.message}` }
  }
}
