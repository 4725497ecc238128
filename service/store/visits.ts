import Database from 'better-sqlite3'
import { v7 as uuidv7 } from 'uuid'
import { chainBody, firstPrev, personalDigest, sha256 } from '../../sync/digest.ts'
import { type KnownVisit, type Personal, Visit } from '../../sync/protocol.ts'
import { type KnownPerson, PeopleLinks } from './people.ts'

/** A visit as the lane makes it; the log adds number, id and chain. */
export type VisitDraft = Omit<KnownVisit, 'seq' | 'id' | 'digest' | 'prev' | 'hash' | 'personal'> & {
  personal: Personal
  /** A simulated reader made it: the person is invented. */
  simulated?: true
}

/** A visit as the store gives it out, with where it stands on its way to the platform. */
export type StoredVisit = Visit & { platform: 'waiting' | 'acknowledged' | 'rejected' }

type Row = { seq: number; body: string; personal: string | null; hash: string }

const pageSize = 500

/** Whether an error of the store is the disk's or the file's fault (full, read-only, damaged) and not a bug. */
export function isStorageFault(error: unknown): error is Error {
  return error instanceof Database.SqliteError
}

/** The append-only log of visits: gapless numbers from 1, each visit chained to the one before it. */
export class VisitLog {
  readonly #db: Database.Database
  readonly #head
  readonly #insert
  readonly #page
  readonly #passage
  readonly #people: PeopleLinks

  constructor(db: Database.Database) {
    this.#db = db
    this.#people = new PeopleLinks(db)
    this.#head = db.prepare<[], { seq: number; hash: string }>('SELECT seq, hash FROM visits ORDER BY seq DESC LIMIT 1')
    this.#insert = db.prepare<[number, string, string, string]>(
      'INSERT INTO visits (seq, body, personal, hash) VALUES (?, ?, ?, ?)',
    )
    this.#page = db.prepare<[number, number], Row>(
      'SELECT seq, body, personal, hash FROM visits WHERE seq >= ? ORDER BY seq LIMIT ?',
    )
    this.#passage = db.prepare<[string], Row>(
      `SELECT seq, body, personal, hash FROM visits
       WHERE subject = ? AND outcome IN ('admitted', 'warned') ORDER BY seq DESC LIMIT 1`,
    )
  }

  /**
   * Returns when the visit is on disk. Throws SqliteError where it cannot be stored: nothing is kept of it then.
   * `person`: whom the code told of, where it is believed.
   */
  append(draft: VisitDraft, person: KnownPerson | null = null): Visit {
    return this.#db
      .transaction(() => {
        const { seq, hash: prev } = this.#head.get() ?? { seq: 0, hash: firstPrev }
        const unsealed = { ...draft, seq: seq + 1, id: uuidv7(), digest: personalDigest(draft.personal), prev }
        const body = chainBody(unsealed)
        const hash = sha256(body)
        this.#insert.run(seq + 1, body, JSON.stringify(draft.personal), hash)
        if (person !== null) this.#people.link(person)
        return { ...unsealed, hash }
      })
      .immediate()
  }

  /** Who it is that a code tells these hashes of, the strongest first; `documented` says whether that is of a document. */
  person(told: readonly [string, ...string[]], documented: boolean): KnownPerson {
    return this.#people.find(told, documented)
  }

  /** The last time that this person was let through. */
  lastPassage({ known }: KnownPerson): Visit | undefined {
    const rows = known.flatMap((hash) => this.#passage.get(hash) ?? [])
    const last = rows.reduce<Row | undefined>((later, row) => (later && later.seq > row.seq ? later : row), undefined)
    return last && toVisit(last)
  }

  last(): number {
    return this.#head.get()?.seq ?? 0
  }

  read(first: number, limit: number): Visit[] {
    return this.#page.all(first, limit).map(toVisit)
  }

  hashOf(seq: number): string | undefined {
    const row = this.#page.get(seq, 1)
    return row?.seq === seq ? row.hash : undefined
  }

  /**
   * Drops the personal data of every visit, and the links between people's codes. The digests stay, and so the chain. False: while someone reads the database
   * the dropped data stays in its log of changes; try again.
   */
  purgePersonal(): boolean {
    this.#db.exec('UPDATE visits SET personal = NULL WHERE personal IS NOT NULL; DELETE FROM links')
    return this.#db.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0
  }

  /** Walks the whole chain, page by page. */
  verify(): { kind: 'ok'; visits: number } | { kind: 'broken'; seq: number; why: string } {
    let [seq, prev] = [0, firstPrev]
    for (;;) {
      const rows = this.#readable(seq + 1)
      if (rows === null) return { kind: 'broken', seq: seq + 1, why: 'the file is damaged there' }
      if (rows.length === 0) return { kind: 'ok', visits: seq }
      for (const row of rows) {
        const why = faultOf(row, seq + 1, prev)
        if (why !== null) return { kind: 'broken', seq: seq + 1, why }
        ;[seq, prev] = [row.seq, row.hash]
      }
    }
  }

  /** A page from `first` on, or what of it can be read one by one; null where not even `first` can. */
  #readable(first: number): Row[] | null {
    for (const limit of [pageSize, 1]) {
      try {
        return this.#page.all(first, limit)
      } catch (error) {
        if (!isStorageFault(error)) throw error
      }
    }
    return null
  }
}

function toVisit({ body, personal, hash }: Row): Visit {
  return { ...JSON.parse(body), ...(personal === null ? {} : { personal: JSON.parse(personal) }), hash }
}

/** Why this row cannot be what was written as visit `seq` after a visit with hash `prev`; null where it is. */
function faultOf(row: Row, seq: number, prev: string): string | null {
  if (row.seq !== seq) return 'the visit is missing'
  if (sha256(row.body) !== row.hash) return 'the visit was changed'
  let visit: Visit
  try {
    visit = Visit.parse(toVisit(row))
  } catch {
    return 'the visit cannot be read'
  }
  if (visit.seq !== seq) return 'the visit has another number'
  if (visit.prev !== prev) return 'the visit does not join the one before it'
  const intact = visit.personal === undefined || personalDigest(visit.personal) === visit.digest
  return intact ? null : 'the personal data was changed'
}
