import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { readCredential } from '../../service/credentials/index.ts'
import { noTrust } from '../../service/credentials/trust.ts'
import { toPersonal } from '../../service/personal.ts'
import { databaseFile, openForWriting } from '../../service/store/database.ts'
import { ExchangeRecord } from '../../service/store/exchange.ts'
import { Journal } from '../../service/store/journal.ts'
import type { Row, VisitDraft } from '../../service/store/row.ts'
import { VisitLog } from '../../service/store/visits.ts'
import { SealingJwk } from '../../sync/protocol.ts'
import { cccdOf } from '../../test/support/people.ts'
import { madeDraft } from '../../test/support/visits.ts'

const sealTo = SealingJwk.parse(generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }))
const subjectKey = randomBytes(32)
const people = Array.from({ length: 5000 }, (_, n) =>
  readCredential(Buffer.from(cccdOf(n)), { trust: noTrust, now: new Date() }),
)
let next = 0

/** The store of a gate, with or without its journal, that holds some visits already. */
export class BenchGate {
  readonly visits: VisitLog
  readonly db: Database.Database
  readonly #journal: Journal | null

  constructor(dir: string, held: number, journaled: boolean) {
    mkdirSync(dir)
    const opened = openForWriting(databaseFile(dir))
    if (opened.kind !== 'open') throw new Error(opened.why)
    this.db = opened.db
    fill(this.db, held)
    const head = new VisitLog(this.db).head()
    this.#journal = journaled ? new Journal(dir, new ExchangeRecord(this.db).log().id, [], head) : null
    this.visits = new VisitLog(this.db, this.#journal)
  }

  /** One person passes, whose code was read: it is sealed and judged by the last passage, and the visit is on disk. */
  async pass(): Promise<void> {
    const n = next++
    const credential = people[n % people.length]
    if (credential === undefined) throw new Error('expected people')
    const personal = toPersonal(credential, sealTo)
    await this.visits.append(() => {
      const told = 'person' in credential ? credential.person.subjects(subjectKey) : null
      const person = told === null ? null : this.visits.person(told, true)
      const last = person === null ? undefined : this.visits.lastPassage(person, false)
      const direction: VisitDraft['direction'] = last?.direction === 'in' ? 'out' : 'in'
      const draft = { ...madeDraft(n), direction, personal: { ...personal, subject: person?.subject ?? null } }
      return { draft, person }
    })
  }

  /** Bytes of the file for each visit in it. */
  bytesPerVisit(): number {
    this.db.pragma('wal_checkpoint(TRUNCATE)')
    const pages = Number(this.db.pragma('page_count', { simple: true }))
    return (pages * Number(this.db.pragma('page_size', { simple: true }))) / this.visits.last()
  }

  /** A row as this gate writes it. */
  async row(): Promise<Row> {
    await this.pass()
    const [row] = this.visits.rows(this.visits.last(), 1)
    if (row === undefined) throw new Error('expected a visit')
    return row
  }

  close(): void {
    this.#journal?.close()
    this.db.close()
  }
}

/** Visits like real ones in size and number of people, without the work of a chain. */
function fill(db: Database.Database, count: number) {
  if (count === 0) return
  const draft = madeDraft(1, 'x'.repeat(620))
  const { personal, ...body } = { ...draft, id: '0'.repeat(36), digest: '0'.repeat(43), prev: '0'.repeat(43) }
  const index = db.prepare<[], string>("SELECT sql FROM sqlite_schema WHERE name = 'passages'").pluck().get() ?? ''
  for (const pragma of ['synchronous = OFF', 'cache_size = -500000']) db.pragma(pragma)
  db.exec('DROP INDEX passages')
  const insert = db.prepare('INSERT INTO visits (seq, body, personal, hash) VALUES (?, ?, ?, ?)')
  const text = JSON.stringify(body)
  const [before = '', after = ''] = JSON.stringify({ ...personal, subject: '@' }).split('@')
  for (let from = 1; from <= count; from += 10_000) {
    db.transaction(() => {
      const chance = randomBytes(32 * 10_000)
      for (let seq = from; seq < Math.min(from + 10_000, count + 1); seq++) {
        const hash = chance.toString('base64url', 32 * (seq - from), 32 * (seq - from + 1))
        insert.run(seq, text, before + hash + after, hash)
      }
    })()
  }
  db.exec(index)
  for (const pragma of ['wal_checkpoint(TRUNCATE)', 'cache_size = -2000', 'synchronous = FULL']) db.pragma(pragma)
}

export function folderOf(root: string, name: string): string {
  return join(root, name.replaceAll(' ', '-'))
}
