import { chmodSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { syncFolder } from '../atomic-file.ts'
import { openVault } from '../custody.ts'
import { databaseFile, openForReading } from './database.ts'
import { ExchangeRecord } from './exchange.ts'
import { isStorageFault } from './fault.ts'
import { keptFiles, type OwedLog } from './kept.ts'
import { migrations } from './migrations.ts'
import type { Row } from './row.ts'
import { verify } from './verify.ts'
import { VisitLog } from './visits.ts'

/** What a new machine needs beside the visits to be this gate. */
const folderFiles = ['enrolment.json', 'subject.key', 'roles.json', 'trust.jws']

/** `application_id` of a backup: "gate". */
const applicationId = 0x67617465

/** A backup is the gate's database with these tables beside its own. `kept`: the logs that wait for their upload. */
const tables = `
  CREATE TABLE backup_files (name TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;
  CREATE TABLE backup_logs (id TEXT PRIMARY KEY, acked INTEGER NOT NULL, device TEXT) STRICT;
  CREATE TABLE backup_visits (
    log TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, personal TEXT, hash TEXT NOT NULL,
    PRIMARY KEY (log, seq)
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${applicationId};
`

/** Writes the backup of a data folder, also while a service works on it. Null: it is on disk and whole. */
export function writeBackup(dir: string, file: string): string | null {
  if (existsSync(file)) return `${file} is there already: choose another name`
  const part = `${file}.part`
  try {
    const why = copy(dir, part) ?? faultOf(part)
    if (why === null) place(part, file)
    return why
  } catch (error) {
    if (!isStorageFault(error)) throw error
    return `${file} was not written: ${error.message}`
  } finally {
    for (const suffix of ['', '-journal']) rmSync(`${part}${suffix}`, { force: true })
  }
}

function copy(dir: string, part: string): string | null {
  if (!existsSync(databaseFile(dir))) return `there is no gate database in ${dir}`
  const opened = openForReading(databaseFile(dir))
  if (opened.kind !== 'open') return opened.why
  rmSync(part, { force: true })
  try {
    opened.db.prepare('VACUUM INTO ?').run(part)
  } finally {
    opened.db.close()
  }
  chmodSync(part, 0o600)
  const db = new Database(part)
  try {
    db.exec(tables)
    const put = db.prepare<[string, string]>('INSERT INTO backup_files (name, content) VALUES (?, ?)')
    for (const name of folderFiles) if (existsSync(join(dir, name))) put.run(name, contentOf(dir, name))
    for (const kept of keptFiles(dir)) addLog(db, kept)
    return null
  } finally {
    db.close()
  }
}

/** Opened where the gate's key is at hand: another machine has another one. */
function contentOf(dir: string, name: string): string {
  const text = readFileSync(join(dir, name), 'utf8')
  const secret = openVault().open(name, text)
  return secret === null ? text : Buffer.from(secret).toString()
}

function addLog(db: Database.Database, kept: string) {
  db.prepare('ATTACH ? AS kept').run(kept)
  db.exec(`
    INSERT INTO backup_logs (id, acked, device) SELECT id, acked, device FROM kept.log;
    INSERT INTO backup_visits (log, seq, body, personal, hash)
      SELECT log.id, seq, body, personal, hash FROM kept.visits, kept.log WHERE seq > log.acked;
    DETACH kept;
  `)
}

/** Why what was written is not whole. */
function faultOf(part: string): string | null {
  const backup = openBackup(part)
  if (typeof backup === 'string') return backup
  backup.close()
  return null
}

function place(part: string, file: string) {
  const fd = openSync(part, 'r+')
  fsyncSync(fd)
  closeSync(fd)
  renameSync(part, file)
  syncFolder(dirname(file))
}

export type Backup = {
  /** The log that was in use, then those that waited for their upload. */
  readonly logs: readonly [OwedLog, ...OwedLog[]]
  readonly policy: { version: number; jws: string } | undefined
  readonly files: readonly { name: string; content: string }[]
  close(): void
}

/** Opens a backup that is whole, and checks it to the last visit. A string says why it is none. */
export function openBackup(file: string): Backup | string {
  let db: Database.Database | undefined
  try {
    db = new Database(file, { readonly: true, fileMustExist: true })
    const why = backupFault(db)
    if (why === null) return read(db)
    db.close()
    return `${file} ${why}`
  } catch (error) {
    db?.close()
    if (!isStorageFault(error)) throw error
    return `${file} cannot be read: ${error.message}`
  }
}

function backupFault(db: Database.Database): string | null {
  const pragma = (name: string) => db.pragma(name, { simple: true })
  if (pragma('application_id') !== applicationId) return 'is no backup of a gate'
  const version = Number(pragma('user_version'))
  if (version > migrations.length)
    return `has version ${version}, this program knows versions up to ${migrations.length}: install the newer program`
  const check = pragma('quick_check')
  if (check !== 'ok') return `is damaged: ${check}`
  const walked = verify(new VisitLog(db))
  return walked.kind === 'ok' ? null : `is damaged at visit ${walked.seq}: ${walked.why}`
}

function read(db: Database.Database): Backup {
  const one = db.prepare<[number], Row>('SELECT seq, body, personal, hash FROM visits WHERE seq = ?')
  const other = db.prepare<[string, number], Row>(
    'SELECT seq, body, personal, hash FROM backup_visits WHERE log = ? AND seq = ?',
  )
  const exchange = new ExchangeRecord(db)
  const own = { ...exchange.log(), device: exchange.device(), rows: (seq: number) => one.all(seq) }
  const waiting = db.prepare<[], Omit<OwedLog, 'rows'>>('SELECT id, acked, device FROM backup_logs').all()
  const logs = waiting.map((log) => ({ ...log, rows: (seq: number) => other.all(log.id, seq) }))
  return {
    logs: [own, ...logs],
    policy: exchange.policy(),
    files: db.prepare<[], { name: string; content: string }>('SELECT name, content FROM backup_files').all(),
    close: () => db.close(),
  }
}
