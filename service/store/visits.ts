import type Database from 'better-sqlite3'
import { v7 as uuidv7 } from 'uuid'
import { firstPrev } from '../../sync/digest.ts'
import type { Visit } from '../../sync/protocol.ts'
import { isStorageFault } from './fault.ts'
import type { Journal } from './journal.ts'
import { type KnownPerson, PeopleLinks } from './people.ts'
import { baseOf, type Head, type Row, type Stored, seal, toVisit, type VisitDraft } from './row.ts'
import type { Entry } from './segment.ts'

/** A visit as the store gives it out, with where it stands on its way to the platform. */
export type StoredVisit = Visit & { platform: 'waiting' | 'acknowledged' | 'rejected' }

/** `person`: whom the code told of, where it is believed. */
type Make<Draft extends VisitDraft> = () => { draft: Draft; person: KnownPerson | null }

type Made = { readonly entry: Entry; done(): void }
type Waiting = { make(head: Head): Made; failed(error: unknown): void }

/** The append-only log of visits: gapless numbers, each visit chained to the one before it. */
export class VisitLog {
  readonly #db: Database.Database
  readonly #journal: Journal | null
  readonly #head
  readonly #insert
  readonly #page
  readonly #passage
  readonly #people: PeopleLinks
  readonly #checkpoint
  #waiting: Waiting[] = []

  constructor(db: Database.Database, journal: Journal | null = null) {
    this.#db = db
    this.#journal = journal
    this.#people = new PeopleLinks(db)
    this.#head = db.prepare<[], Head>('SELECT seq, hash FROM visits ORDER BY seq DESC LIMIT 1')
    this.#insert = db.prepare<[number, string, string | null, string]>(
      'INSERT INTO visits (seq, body, personal, hash) VALUES (?, ?, ?, ?)',
    )
    this.#page = db.prepare<[number, number], Row>(
      'SELECT seq, body, personal, hash FROM visits WHERE seq >= ? ORDER BY seq LIMIT ?',
    )
    this.#checkpoint = db.prepare<[], { log: number; checkpointed: number }>('PRAGMA wal_checkpoint(PASSIVE)')
    this.#passage = db.prepare<[string, number], Row>(
      `SELECT seq, body, personal, hash FROM visits WHERE subject = ? AND outcome IN ('admitted', 'warned')
       AND coalesce(body ->> '$.simulated', 0) = ? ORDER BY seq DESC LIMIT 1`,
    )
  }

  /**
   * Settles when the visit is on disk. `make` runs inside the transaction, after every visit before it. Visits that come
   * in one turn of the event loop share a transaction: where the disk refuses, all of them fail with its error and nothing
   * of them is kept; an error of one `make` is that one's alone.
   */
  append<Draft extends VisitDraft>(make: Make<Draft>): Promise<Stored<Draft>> {
    const { promise, resolve, reject } = Promise.withResolvers<Stored<Draft>>()
    const write = (head: Head): Made => {
      const { draft, person } = make()
      const [visit, row] = seal(draft, uuidv7(), head)
      return { entry: { row, person }, done: () => resolve(visit) }
    }
    if (this.#waiting.push({ make: write, failed: reject }) === 1) setImmediate(() => this.#commitWaiting())
    return promise
  }

  /** Who it is that a code tells these hashes of, the strongest first; `documented` says whether that is of a document. */
  person(told: readonly [string, ...string[]], documented: boolean): KnownPerson {
    return this.#people.find(told, documented)
  }

  /** The last time that this person was let through. What a simulated reader showed is no passage, but for itself. */
  lastPassage({ known }: KnownPerson, simulated: boolean): Visit | undefined {
    const rows = known.flatMap((hash) => this.#passage.get(hash, simulated ? 1 : 0) ?? [])
    const last = rows.reduce<Row | undefined>((later, row) => (later && later.seq > row.seq ? later : row), undefined)
    return last && toVisit(last)
  }

  head(): Head {
    return this.#head.get() ?? { seq: 0, hash: firstPrev }
  }

  last(): number {
    return this.head().seq
  }

  read(first: number, limit: number): Visit[] {
    return this.rows(first, limit).map(toVisit)
  }

  rows(first: number, limit: number): Row[] {
    return this.#page.all(first, limit)
  }

  hashOf(seq: number): string | undefined {
    const row = this.#page.get(seq, 1)
    return row?.seq === seq ? row.hash : undefined
  }

  /** Takes visits as they were written once before, in one transaction. The caller has checked their chain. */
  insert(entries: readonly Entry[]): void {
    this.#db
      .transaction(() => {
        for (const entry of entries) this.#keep(entry)
      })
      .immediate()
  }

  /**
   * Drops the personal data of every visit, and the links between people's codes. The digests stay, and so the chain.
   * False: while someone reads the database the dropped data stays in its log of changes; try again.
   */
  purgePersonal(): boolean {
    this.#db.exec('UPDATE visits SET personal = NULL WHERE personal IS NOT NULL; DELETE FROM links')
    return this.#db.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0
  }

  /** Where the log begins: a kept one may begin after what the platform holds. */
  base(): Head {
    const [first] = this.rows(1, 1)
    return first === undefined ? { seq: 0, hash: firstPrev } : baseOf(first)
  }

  #commitWaiting() {
    const group = this.#waiting
    this.#waiting = []
    let made: Made[] = []
    let journaled = false
    try {
      this.#db
        .transaction(() => {
          const before = this.head()
          made = this.#write(group, before)
          if (made.length === 0) return
          this.#journal?.append(
            before,
            made.map(({ entry }) => entry),
          )
          journaled = true
        })
        .immediate()
    } catch (error) {
      if (journaled) this.#journal?.takeBack()
      for (const { failed } of group) failed(error)
      return
    }
    for (const { done } of made) done()
    this.#boundJournal()
  }

  /** What came of those that could be made. */
  #write(group: readonly Waiting[], before: Head): Made[] {
    const made: Made[] = []
    for (const { make, failed } of group) {
      const one = attempt(() => make(made.at(-1)?.entry.row ?? before))
      if (one.kind === 'failed') failed(one.error)
      else {
        this.#keep(one.made.entry)
        made.push(one.made)
      }
    }
    return made
  }

  #keep({ row, person }: Entry) {
    this.#insert.run(row.seq, row.body, row.personal, row.hash)
    if (person !== null) this.#people.link(person)
  }

  /** While no receipt comes, the journal lets its oldest visits go once the database file itself holds them. */
  #boundJournal() {
    const excess = this.#journal?.excess ?? null
    if (excess === null) return
    try {
      const moved = this.#checkpoint.get()
      if (moved?.log === moved?.checkpointed && this.hashOf(excess.seq) === excess.hash)
        this.#journal?.release(excess.seq)
    } catch (error) {
      // The visits are on disk; the journal is asked again after the next ones.
      if (!isStorageFault(error)) throw error
    }
  }
}

/** A bug in what one lane asked is that lane's; the disk's fault is everybody's, and thrown. */
function attempt(make: () => Made): { kind: 'made'; made: Made } | { kind: 'failed'; error: unknown } {
  try {
    return { kind: 'made', made: make() }
  } catch (error) {
    if (isStorageFault(error)) throw error
    return { kind: 'failed', error }
  }
}
