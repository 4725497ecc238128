import { existsSync, rmSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { firstPrev } from '../../sync/digest.ts'
import { damagedFolders, damageNoted, setAside } from './damaged.ts'
import { databaseFile, openForWriting } from './database.ts'
import { ExchangeRecord } from './exchange.ts'
import { isDamage, isStorageFault } from './fault.ts'
import { Journal } from './journal.ts'
import { type FoundSegment, type JournalFile, readJournal } from './journal-files.ts'
import { baseOf, faultOf, type Head } from './row.ts'
import type { Entry } from './segment.ts'
import { VisitLog } from './visits.ts'

/** `report`: what a person should know of the start, for the log. */
type Open = { kind: 'open'; db: Database.Database; journal: Journal; report: readonly string[] }
export type Recovered = Open | { kind: 'refused'; why: string }
type Checked = Recovered | { kind: 'damaged'; why: string }

/** A disk that damages one database after the other fills itself with them. */
const maxDamaged = 8

/** So much of the log's end is checked at every start; `gate-kiosk verify` checks all of it. */
const tailVisits = 100

/**
 * Opens the gate's memory after whatever ended the last run. What the journal holds and the database lacks is put back; a
 * database that is damaged is set aside, with what is still owed to the platform in a log of its own, and a new one begun.
 */
export function recover(dir: string): Recovered {
  const first = openChecked(dir)
  if (first.kind !== 'damaged') return first
  if (damagedFolders(dir).length >= maxDamaged)
    return refused(`${first.why}, and ${maxDamaged} databases were damaged before: replace the disk`)
  try {
    const { policy, report } = setAside(dir, first.why)
    const fresh = openChecked(dir)
    if (fresh.kind === 'damaged') return refused(fresh.why)
    if (fresh.kind === 'refused') return fresh
    if (policy !== undefined) new ExchangeRecord(fresh.db).keepPolicy(policy.version, policy.jws)
    return { ...fresh, report: [...report, ...fresh.report] }
  } catch (error) {
    if (!isStorageFault(error)) throw error
    return refused(`${first.why}, and it cannot be set aside: ${error.message}`)
  }
}

function refused(why: string): Recovered {
  return { kind: 'refused', why }
}

function openChecked(dir: string): Checked {
  const noted = damageNoted(dir)
  if (noted !== null) return { kind: 'damaged', why: noted }
  if (!existsSync(databaseFile(dir)) && [...readJournal(dir)].some(isUsed))
    return { kind: 'damaged', why: 'gate.db is gone, and its journal is not' }
  const opened = openForWriting(databaseFile(dir))
  if (opened.kind !== 'open') return opened
  const joined = guarded(() => join(opened.db, dir))
  if (joined.kind !== 'open') opened.db.close()
  return joined
}

function guarded(open: () => Checked): Checked {
  try {
    return open()
  } catch (error) {
    if (!isStorageFault(error)) throw error
    return { kind: isDamage(error) ? 'damaged' : 'refused', why: `the visits cannot be read: ${error.message}` }
  }
}

/** Whether a log that has visits was written to this file. */
function isUsed(file: JournalFile): boolean {
  return file.kind === 'segment' && file.segment.last.seq > 0
}

/** Compares the database with its journal, and puts back what it lacks. */
function join(db: Database.Database, dir: string): Checked {
  const visits = new VisitLog(db)
  const { id, acked } = new ExchangeRecord(db).log()
  const tail = tailFault(visits)
  if (tail !== null) return { kind: 'damaged', why: tail }
  const before = visits.last()
  const found: FoundSegment[] = []
  const report: string[] = []
  for (const file of readJournal(dir)) {
    const why = putBack(visits, id, file)
    if (why !== null) return { kind: 'damaged', why }
    if (file.kind === 'segment' && file.entries.length > 0 && !isPurged(visits, file.entries)) found.push(file.segment)
    // The database holds all that was in it: what follows it joins.
    else rmSync(file.kind === 'segment' ? file.segment.path : file.path, { force: true })
    if (file.kind === 'unreadable') report.push(`${file.path} was unreadable, and was removed`)
  }
  const head = visits.head()
  if (acked > head.seq) return { kind: 'damaged', why: `the platform holds ${acked} visits, the database ${head.seq}` }
  if (head.seq > before) report.push(`visits ${before + 1} to ${head.seq} were put back from the journal`)
  return { kind: 'open', db, journal: new Journal(dir, id, found, head), report }
}

/** Whether the power failed after personal data was dropped from the database and before it was from this segment. */
function isPurged(visits: VisitLog, entries: readonly Entry[]): boolean {
  return entries.some(({ row }) => row.personal !== null && visits.rows(row.seq, 1)[0]?.personal === null)
}

/** Why the end of the log is not as it was written; null: it is. */
function tailFault(visits: VisitLog): string | null {
  const rows = visits.rows(Math.max(1, visits.last() - tailVisits + 1), tailVisits)
  const [first] = rows
  if (first === undefined) return null
  let head: Head = first.seq === 1 ? { seq: 0, hash: firstPrev } : baseOf(first)
  for (const row of rows) {
    const why = faultOf(row, head)
    if (why !== null) return `the end of the log is damaged at ${head.seq + 1}: ${why}`
    head = row
  }
  return null
}

/** Why the database and this file of its journal do not join; null: what the database lacked is in it now. */
function putBack(visits: VisitLog, log: string, file: JournalFile): string | null {
  if (file.kind === 'unreadable' || !isUsed(file)) return null
  const { segment, entries } = file
  let head = visits.head()
  if (segment.log !== log) return `the journal is of the log ${segment.log}, the database of ${log}`
  if (segment.base.seq > head.seq) return `the database lacks the visits ${head.seq + 1} to ${segment.base.seq}`
  const held = entries.findLast(({ row }) => row.seq <= head.seq)?.row ?? segment.base
  if (held.seq > 0 && visits.hashOf(held.seq) !== held.hash) return `visit ${held.seq} is not the one in the journal`
  const missing: Entry[] = entries.filter(({ row }) => row.seq > head.seq)
  for (const { row } of missing) {
    const why = faultOf(row, head)
    if (why !== null) return `the journal is damaged at ${row.seq}: ${why}`
    head = row
  }
  if (missing.length > 0) visits.insert(missing)
  return null
}
