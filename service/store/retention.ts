import type Database from 'better-sqlite3'

/** As many as one transaction takes without keeping a scan waiting. */
const pageSize = 100
const vacuumPages = 64

type Held = { readonly seq: number; readonly at: string; readonly source: string }

/**
 * Drops the personal data of one log by age: the digests stay, and so the chain. Only what the platform acknowledged is ever
 * dropped.
 *
 * How old a visit is, its own `at` says. A clock that was right before and after it says so as well: everything before a
 * visit that is old by the platform's time is old, whatever its own clock said, and nothing after one that is not.
 */
export class Retention {
  readonly #db: Database.Database
  readonly #held
  readonly #drop
  readonly #aliases
  readonly #unlink
  /** Nothing before it holds personal data, as far as this run knows. */
  #from = 1
  /** Whether what an earlier run dropped is out of the log of changes. */
  #truncated = false

  constructor(db: Database.Database) {
    this.#db = db
    this.#held = db.prepare<[number, number], Held>(
      `SELECT seq, body ->> '$.at' AS at, body ->> '$.clock.source' AS source FROM visits
       WHERE seq BETWEEN ? AND min(?, (SELECT acked FROM log)) AND personal IS NOT NULL ORDER BY seq`,
    )
    this.#drop = db.prepare<[number]>('UPDATE visits SET personal = NULL WHERE seq = ?')
    this.#aliases = db
      .prepare<[string], string>(`SELECT alias FROM links WHERE alias > ? ORDER BY alias LIMIT ${pageSize}`)
      .pluck()
    // Of a chain of links the end goes first: the rest is asked again the next time.
    const needed = (hash: string) =>
      `EXISTS (SELECT 1 FROM visits WHERE subject = ${hash} AND outcome IN ('admitted', 'warned'))`
    this.#unlink = db.prepare<[string, string]>(
      `DELETE FROM links WHERE alias > ? AND alias <= ? AND NOT ${needed('links.alias')} AND NOT ${needed('links.subject')}
       AND NOT EXISTS (SELECT 1 FROM links AS next WHERE next.alias = links.subject)`,
    )
  }

  /**
   * Drops what is older than `before`, in steps of a few milliseconds; a visit may be stored between two of them. Returns
   * the highest seq that was dropped, 0 for none. Throws SqliteError where the disk refuses.
   */
  *purge(before: Date): Generator<void, number, void> {
    const dropped = yield* this.#dropVisits(before.getTime())
    if (dropped > 0) {
      this.#truncated = false
      yield* this.#dropLinks()
    }
    yield* this.#giveBack()
    return dropped
  }

  *#dropVisits(before: number): Generator<void, number, void> {
    const last = this.#last()
    let [dropped, kept] = [0, 0]
    for (let first = this.#from; first <= last; first += pageSize) {
      const held = this.#held.all(first, first + pageSize - 1)
      const { certain, probable, ends } = judge(held, before)
      if (certain > 0 && kept > 0) {
        yield* this.#dropBetween(kept, first - 1)
        kept = 0
      }
      const due = held.filter(({ seq }) => seq <= certain || probable.has(seq))
      this.#dropAll(due)
      dropped = due.at(-1)?.seq ?? dropped
      if (kept === 0) kept = held.find((visit) => !due.includes(visit))?.seq ?? 0
      if (kept === 0) this.#from = first + pageSize
      if (ends) break
      yield
    }
    this.#from = Math.min(this.#from, last + 1)
    return dropped
  }

  /** What clocks that were ahead made seem younger than it is. */
  *#dropBetween(first: number, last: number): Generator<void, void, void> {
    for (let seq = first; seq <= last; seq += pageSize) {
      this.#dropAll(this.#held.all(seq, Math.min(last, seq + pageSize - 1)))
      yield
    }
  }

  #dropAll(visits: readonly Held[]) {
    if (visits.length === 0) return
    this.#db
      .transaction(() => {
        for (const { seq } of visits) this.#drop.run(seq)
      })
      .immediate()
  }

  *#dropLinks(): Generator<void, void, void> {
    for (let after = ''; ; ) {
      const last = this.#aliases.all(after).at(-1)
      if (last === undefined) return
      this.#unlink.run(after, last)
      after = last
      yield
    }
  }

  /** Free pages go back to the disk, and the log of changes, which holds what was dropped, is emptied. */
  *#giveBack(): Generator<void, void, void> {
    const free = () => Number(this.#db.pragma('freelist_count', { simple: true }))
    for (let before = Number.POSITIVE_INFINITY, now = free(); now > 0 && now < before; ) {
      this.#db.pragma(`incremental_vacuum(${vacuumPages})`)
      yield
      before = now
      now = free()
    }
    // Whoever reads the file just now, a backup say, must not be waited for: the next run tries again.
    this.#db.pragma('busy_timeout = 0')
    this.#truncated ||= this.#db.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0
    this.#db.pragma('busy_timeout = 5000')
  }

  #last(): number {
    return this.#db.prepare<[], number>('SELECT acked FROM log').pluck().get() ?? 0
  }
}

/**
 * `certain`: all visits up to this seq are older than `before` by the platform's time. `probable`: by their own clock alone.
 * `ends`: one is younger by the platform's time, and so is all that follows.
 */
function judge(held: readonly Held[], before: number) {
  const isOld = ({ at }: Held) => Date.parse(at) < before
  const trusted = held.filter(({ source }) => source === 'platform')
  const certain = trusted.findLast(isOld)?.seq ?? 0
  const young = trusted.find((visit) => visit.seq > certain && !isOld(visit))?.seq ?? Number.POSITIVE_INFINITY
  const probable = new Set(held.filter((visit) => visit.seq < young && isOld(visit)).map(({ seq }) => seq))
  return { certain, probable, ends: young !== Number.POSITIVE_INFINITY }
}
