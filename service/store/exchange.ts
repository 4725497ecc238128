import type Database from 'better-sqlite3'
import type { Rejected } from '../../sync/protocol.ts'

/** How far the platform is known to be, and what it sent: everything of the exchange that must outlive a restart. */
export class ExchangeRecord {
  readonly #db: Database.Database
  readonly #log
  readonly #rejected

  constructor(db: Database.Database) {
    this.#db = db
    this.#log = db.prepare<[], { id: string; acked: number }>('SELECT id, acked FROM log')
    this.#rejected = db.prepare<[number, number], Rejected>(
      'SELECT seq, code, detail FROM rejected WHERE seq BETWEEN ? AND ? ORDER BY seq',
    )
  }

  /** UUID of the log and the highest seq that the platform holds. */
  log(): { id: string; acked: number } {
    const row = this.#log.get()
    if (row === undefined) throw new Error('expected the log to have its row: the schema makes it')
    return row
  }

  /**
   * Binds the log to the device under which the platform knows it: under another one it would all be sent again. False:
   * it is bound to another device.
   */
  claim(device: string): boolean {
    const claimed = this.#db.prepare('UPDATE log SET device = ? WHERE device IS NULL OR device = ?').run(device, device)
    return claimed.changes === 1
  }

  /** The device that the log is bound to. */
  device(): string | null {
    return this.#db.prepare<[], string | null>('SELECT device FROM log').pluck().get() ?? null
  }

  acknowledge(acked: number, rejected: readonly Rejected[]): void {
    // A platform may refuse numbers that no visit has.
    const keep = this.#db.prepare<[string, string, number]>(
      `INSERT INTO rejected (seq, code, detail) SELECT seq, ?, ? FROM visits WHERE seq = ?
       ON CONFLICT (seq) DO UPDATE SET code = excluded.code, detail = excluded.detail`,
    )
    this.#db
      .transaction(() => {
        for (const { seq, code, detail } of rejected) keep.run(code, detail, seq)
        this.#db.prepare('UPDATE log SET acked = ?').run(acked)
      })
      .immediate()
  }

  /** What the platform refused between two numbers, both included. */
  rejected(first: number, last: number): Rejected[] {
    return this.#rejected.all(first, last)
  }

  rejectedCount(): number {
    return this.#db.prepare<[], number>('SELECT count(*) FROM rejected').pluck().get() ?? 0
  }

  /** A policy under which nothing more may be taken. */
  dropPolicy(): void {
    this.#db.exec('DELETE FROM policy')
  }

  policy(): { version: number; jws: string } | undefined {
    return this.#db.prepare<[], { version: number; jws: string }>('SELECT version, jws FROM policy').get()
  }

  keepPolicy(version: number, jws: string): void {
    this.#db
      .prepare(
        'INSERT INTO policy (one, version, jws) VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version, jws = excluded.jws',
      )
      .run(version, jws)
  }
}
