import { existsSync } from 'node:fs'
import type Database from 'better-sqlite3'
import type { Rejected, Visit } from '../../sync/protocol.ts'
import type { Outbox } from '../../sync/uploader.ts'
import { damagedFolders, noteDamage, removeDamaged } from './damaged.ts'
import { databaseFile, openForReading, openForWriting } from './database.ts'
import { ExchangeRecord } from './exchange.ts'
import { isStorageFault } from './fault.ts'
import type { Journal } from './journal.ts'
import { keptFiles } from './kept.ts'
import { recover } from './recover.ts'
import { Retention } from './retention.ts'
import { type Verified, verify } from './verify.ts'
import { type StoredVisit, VisitLog } from './visits.ts'

type Parts = {
  /** The data folder. */
  readonly dir: string
  readonly db: Database.Database
  readonly journal?: Journal
  readonly kept?: readonly Store[]
  readonly report?: readonly string[]
}

/** The gate's memory. Nothing outside this folder writes SQL. */
export class Store {
  readonly visits: VisitLog
  readonly exchange: ExchangeRecord
  readonly retention: Retention
  /** Logs that take no visits any more and only wait for their upload, out of damaged databases and backups. */
  readonly kept: readonly Store[]
  /** What a person should know of how it was opened. */
  readonly report: readonly string[]
  readonly #dir: string
  readonly #db: Database.Database
  readonly #journal: Journal | null

  constructor({ dir, db, journal, kept = [], report = [] }: Parts) {
    this.#dir = dir
    this.#db = db
    this.#journal = journal ?? null
    this.visits = new VisitLog(db, this.#journal)
    this.exchange = new ExchangeRecord(db)
    this.retention = new Retention(db)
    this.kept = kept
    this.report = report
  }

  /** A string says why it cannot be opened. */
  static open(dir: string, mode: 'write' | 'read'): Store | string {
    if (mode === 'read' && !Store.exists(dir)) return `there is no gate database in ${dir}`
    const opened = mode === 'write' ? recover(dir) : openForReading(databaseFile(dir))
    if (opened.kind !== 'open') return opened.why
    const found: Pick<Parts, 'db' | 'journal' | 'report'> = opened
    const { kept, report } = openKept(dir, mode, new ExchangeRecord(opened.db).log().id)
    return new Store({ ...found, dir, kept, report: [...(found.report ?? []), ...report] })
  }

  /** Whether a gate has worked in this folder. */
  static exists(dir: string): boolean {
    return existsSync(databaseFile(dir))
  }

  close(): void {
    for (const log of this.kept) log.close()
    this.#journal?.close()
    this.#db.close()
  }

  /** How many visits the platform does not hold. */
  waiting(): number {
    return [...this.kept, this].reduce((sum, log) => sum + log.visits.last() - log.exchange.log().acked, 0)
  }

  /** The first visit that the platform does not hold. */
  oldestWaiting(): Visit | undefined {
    return [...this.kept, this].flatMap((log) => log.visits.read(log.exchange.log().acked + 1, 1))[0]
  }

  /** The log as the upload sees it. `onFault` hears of a file that cannot be read: nothing is sent then. */
  outbox(onFault: (error: Error) => void): Outbox {
    const guarded = <Value>(read: () => Value, instead: Value): Value => {
      try {
        return read()
      } catch (error) {
        if (!isStorageFault(error)) throw error
        onFault(error)
        return instead
      }
    }
    const { visits, exchange } = this
    return {
      log: exchange.log().id,
      closed: this.#journal === null,
      acked: () => exchange.log().acked,
      last: () => visits.last(),
      read: (first, limit) => guarded(() => visits.read(first, limit), []),
      hashOf: (seq) => visits.hashOf(seq),
      acknowledge: (acked, rejected) =>
        guarded(() => {
          exchange.acknowledge(acked, rejected)
          this.#journal?.release(acked)
          return true
        }, false),
    }
  }

  /** Whether a damaged database lies beside this one, for a person to look at and to move away. */
  get damaged(): boolean {
    return damagedFolders(this.#dir).length > 0
  }

  /** Has the next start set this database aside. False: that cannot be noted. */
  condemn(why: string): boolean {
    try {
      noteDamage(this.#dir, why)
      return true
    } catch (error) {
      if (!isStorageFault(error)) throw error
      return false
    }
  }

  /**
   * Drops the personal data of every visit in every log, in the journal and in what was set aside. False: some of it may
   * still be in a log of changes; try again.
   */
  purge(): boolean {
    const complete = [...this.kept, this].map((log) => log.visits.purgePersonal()).every(Boolean)
    this.forget(this.visits.last())
    removeDamaged(this.#dir)
    return complete
  }

  /** Takes the visits up to `seq` out of the journal: their personal data was dropped from the database. */
  forget(seq: number): void {
    this.#journal?.forget(seq)
  }

  /** Walks the whole chain; a log that ends before what the platform holds was cut. */
  verify(): Verified {
    // In this order: the log may grow meanwhile.
    const { acked } = this.exchange.log()
    const walked = verify(this.visits)
    if (walked.kind === 'broken' || walked.visits >= acked) return walked
    return { kind: 'broken', seq: walked.visits + 1, why: `the visit is missing: the platform holds ${acked}` }
  }

  /** The visits from `first` on, with where each stands on its way to the platform. */
  listed(first: number, limit: number): StoredVisit[] {
    const visits = this.visits.read(first, limit)
    const { acked } = this.exchange.log()
    const refused = new Set(this.exchange.rejected(first, visits.at(-1)?.seq ?? first).map(({ seq }: Rejected) => seq))
    const standing = ({ seq }: Visit): StoredVisit['platform'] => {
      if (refused.has(seq)) return 'rejected'
      return seq <= acked ? 'acknowledged' : 'waiting'
    }
    return visits.map((visit) => ({ ...visit, platform: standing(visit) }))
  }
}

/** `own`: the log of gate.db, which nobody else may send. */
function openKept(dir: string, mode: 'write' | 'read', own: string): { kept: Store[]; report: string[] } {
  const kept: Store[] = []
  const report: string[] = []
  for (const path of keptFiles(dir)) {
    const opened = mode === 'write' ? openForWriting(path) : openForReading(path)
    if (opened.kind !== 'open') {
      report.push(opened.why)
      continue
    }
    const log = new Store({ ...opened, dir })
    if (log.exchange.log().id !== own) kept.push(log)
    else {
      report.push(`${path} is of the log that is in use: it is not sent`)
      log.close()
    }
  }
  return { kept, report }
}
