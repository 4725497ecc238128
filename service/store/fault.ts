import Database from 'better-sqlite3'

/** Whether an error of the store is the disk's or the file's fault (full, read-only, damaged) and not a bug. */
export function isStorageFault(error: unknown): error is Error {
  return error instanceof Database.SqliteError || (error instanceof Error && 'syscall' in error)
}

/** Whether the file is no database any more: no room on the disk and no other try will mend it. */
export function isDamage(error: unknown): error is Error {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code)
}
