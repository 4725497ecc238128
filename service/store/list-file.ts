import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import Database from 'better-sqlite3'

/** As many entries as are handled within a few milliseconds: between two pieces somebody may pass. */
const pieceSize = 200

const schemaVersion = 1
const schema = `
  CREATE TABLE list (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, digest TEXT NOT NULL) STRICT;
  CREATE TABLE entries (entry TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  -- Of canonical JSON only an object begins with a brace, and nothing sorts behind it.
  CREATE INDEX subjects ON entries (entry ->> '$.subject') WHERE entry >= '{';
  INSERT INTO list (one, version, digest) VALUES (1, 0, '');
  PRAGMA user_version = ${schemaVersion};
`

/** Entries as RFC 8785 canonical JSON. */
export type Entries = { readonly add: readonly string[]; readonly remove: readonly string[] }

/** The state of a list as the platform names it; version 0: not one that it named. */
export type ListState = { readonly version: number; readonly digest: string }

/**
 * One list in an SQLite file of its own. One that is `built` takes changes at once, without a thought for the power: it is
 * nothing until it is settled and on disk. One in `use` keeps them beside it until then. All methods throw SqliteError.
 */
export class ListFile {
  readonly path: string
  readonly #db: Database.Database
  readonly #mode: 'built' | 'use' | 'read'
  readonly #has
  readonly #about

  constructor(path: string, mode: 'built' | 'use' | 'read') {
    this.path = path
    this.#mode = mode
    this.#db = new Database(path, { readonly: mode === 'read' })
    try {
      this.#prepare()
      this.#has = this.#db.prepare<[string], number>('SELECT 1 FROM entries WHERE entry = ?').pluck()
      this.#about = this.#db
        .prepare<[string], string>(`SELECT entry FROM entries WHERE entry ->> '$.subject' = ? AND entry >= '{'`)
        .pluck()
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  get state(): ListState {
    const state = this.#db.prepare<[], ListState>('SELECT version, digest FROM list').get()
    if (state === undefined) throw new Error('expected the list to have its row: the schema makes it')
    return state
  }

  has(entry: string): boolean {
    return this.#has.get(entry) !== undefined
  }

  /** The entries that are objects with this `subject`. */
  about(subject: string): string[] {
    return this.#about.all(subject)
  }

  async take({ add, remove }: Entries): Promise<void> {
    const [adding, removing] =
      this.#mode === 'built'
        ? ['INSERT INTO entries (entry) VALUES (?) ON CONFLICT DO NOTHING', 'DELETE FROM entries WHERE entry = ?']
        : [changing(1), changing(0)]
    await this.#run(adding, add)
    await this.#run(removing, remove)
  }

  /** Of the entries with all changes: how many there are, and their digest. Null: the file was closed meanwhile. */
  async total(): Promise<{ count: number; digest: string } | null> {
    const next = this.#db
      .prepare<{ after: string }, string>(
        `SELECT entry FROM entries WHERE entry > $after AND NOT EXISTS (SELECT 1 FROM changes WHERE entry = entries.entry)
         UNION ALL SELECT entry FROM changes WHERE entry > $after AND present = 1 ORDER BY entry LIMIT ${pieceSize}`,
      )
      .pluck()
    const hash = createHash('sha256')
    for (let [after, count] = ['', 0]; this.#db.open; await setImmediate()) {
      const page = next.all({ after })
      const last = page.at(-1)
      if (last === undefined) return { count, digest: hash.digest('base64url') }
      hash.update(`${count === 0 ? '' : '\n'}${page.join('\n')}`)
      count += page.length
      after = last
    }
    return null
  }

  /** Makes all changes. False: the file was closed meanwhile. */
  async settle({ version, digest }: ListState): Promise<boolean> {
    if (this.#mode === 'use') this.#db.exec('BEGIN IMMEDIATE')
    const next = this.#db.prepare<[string], { entry: string; present: number }>(
      `SELECT entry, present FROM changes WHERE entry > ? ORDER BY entry LIMIT ${pieceSize}`,
    )
    const add = this.#db.prepare<[string]>('INSERT INTO entries (entry) VALUES (?) ON CONFLICT DO NOTHING')
    const remove = this.#db.prepare<[string]>('DELETE FROM entries WHERE entry = ?')
    for (let page = next.all(''); page.length > 0; page = next.all(page.at(-1)?.entry ?? '')) {
      for (const { entry, present } of page) (present === 1 ? add : remove).run(entry)
      await setImmediate()
      if (!this.#db.open) return false
    }
    this.#db.prepare<[number, string]>('UPDATE list SET version = ?, digest = ?').run(version, digest)
    this.#db.exec('COMMIT; DELETE FROM changes')
    return true
  }

  /** Forgets changes that were not settled. */
  undo(): void {
    if (!this.#db.open) return
    if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
    this.#db.exec('DELETE FROM changes')
  }

  close(): void {
    this.#db.close()
  }

  async #run(sql: string, entries: readonly string[]): Promise<void> {
    if (!this.#db.open) return
    const statement = this.#db.prepare<[string]>(sql)
    for (let from = 0; from < entries.length; from += pieceSize) {
      await setImmediate()
      if (!this.#db.open) return
      for (const entry of entries.slice(from, from + pieceSize)) statement.run(entry)
    }
  }

  #prepare() {
    if (this.#mode === 'read') return
    this.#db.pragma('temp_store = MEMORY')
    if (this.#mode === 'built') this.#db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN; ${schema}`)
    else {
      const found = Number(this.#db.pragma('user_version', { simple: true }))
      if (found !== schemaVersion) throw new Database.SqliteError(`it has version ${found}`, 'SQLITE_NOTADB')
      this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 256')
    }
    this.#db.exec('CREATE TEMP TABLE changes (entry TEXT PRIMARY KEY, present INTEGER NOT NULL) STRICT, WITHOUT ROWID')
  }
}

function changing(present: 0 | 1): string {
  return `INSERT INTO changes (entry, present) VALUES (?, ${present}) ON CONFLICT DO UPDATE SET present = ${present}`
}
