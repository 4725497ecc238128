import { existsSync } from 'node:fs'
import type { Rejected, Visit } from '../../sync/protocol.ts'
import type { Outbox } from '../../sync/uploader.ts'
import { databaseFile, type Opened, openForReading, openForWriting } from './database.ts'
import { ExchangeRecord } from './exchange.ts'
import { isStorageFault, type StoredVisit, VisitLog } from './visits.ts'

/** The gate's memory. Nothing outside this folder writes SQL. */
export class Store {
  readonly visits: VisitLog
  readonly exchange: ExchangeRecord
  readonly #close: () => void

  constructor({ db }: Extract<Opened, { kind: 'open' }>) {
    this.visits = new VisitLog(db)
    this.exchange = new ExchangeRecord(db)
    this.#close = () => db.close()
  }

  /** A string says why it cannot be opened. */
  static open(dir: string, mode: 'write' | 'read'): Store | string {
    const opened = mode === 'write' ? openForWriting(dir) : openForReading(dir)
    return opened.kind === 'open' ? new Store(opened) : opened.why
  }

  /** Whether a gate has worked in this folder. */
  static exists(dir: string): boolean {
    return existsSync(databaseFile(dir))
  }

  close(): void {
    this.#close()
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
      acked: () => exchange.log().acked,
      last: () => visits.last(),
      read: (first, limit) => guarded(() => visits.read(first, limit), []),
      hashOf: (seq) => visits.hashOf(seq),
      acknowledge: (acked, rejected) =>
        guarded(() => {
          exchange.acknowledge(acked, rejected)
          return true
        }, false),
    }
  }

  /** Walks the whole chain; a log that ends before what the platform holds was cut. */
  verify(): ReturnType<VisitLog['verify']> {
    // In this order: the log may grow meanwhile.
    const { acked } = this.exchange.log()
    const walked = this.visits.verify()
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
