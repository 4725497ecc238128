import type Database from 'better-sqlite3'

/** `documented`: the subject is of an identity document's number, which is one person's own. */
type Subject = { readonly subject: string; readonly documented: boolean }

/**
 * A person as the codes shown at this gate tell: `subject` stands in the visits, `known` are the hashes under which the
 * person may have passed last.
 */
export type KnownPerson = Subject & { readonly known: readonly string[] }

/**
 * Which keyed hashes are of one person. A code that tells two numbers (a citizen card with the old one, a declaration with
 * the insurance number) links the weaker to the stronger, so that the code that tells the weaker alone pairs with it.
 */
export class PeopleLinks {
  readonly #linked
  readonly #link

  constructor(db: Database.Database) {
    this.#linked = db.prepare<[string], { subject: string; documented: number }>(
      'SELECT subject, documented FROM links WHERE alias = ?',
    )
    this.#link = db.prepare<[string, string, number]>(
      `INSERT INTO links (alias, subject, documented) VALUES (?, ?, ?)
       ON CONFLICT (alias) DO UPDATE SET subject = excluded.subject, documented = excluded.documented`,
    )
  }

  /** `told`: the hashes that a code tells, the strongest first; `documented` says whether that is of a document. */
  find(told: readonly [string, ...string[]], documented: boolean): KnownPerson {
    const [first, ...rest] = told
    const own = this.#root(first) ?? { subject: first, documented }
    // Anybody may claim the numbers told beside a document: they never make two documents one person's.
    const roots = own.documented ? [] : rest.map((hash) => this.#root(hash))
    const found = roots.find((root) => root?.documented) ?? own
    return { ...found, known: [...new Set([found.subject, ...told])] }
  }

  /** Remembers that all that was told is of one person. The code seen last is believed. */
  link({ subject, documented, known }: KnownPerson): void {
    for (const alias of known) if (alias !== subject) this.#link.run(alias, subject, documented ? 1 : 0)
  }

  /** The end of a chain of links; undefined where there is none. A damaged file may hold a circle. */
  #root(hash: string): Subject | undefined {
    const seen = new Set([hash])
    let root: Subject | undefined
    let next = this.#linked.get(hash)
    while (next !== undefined && !seen.has(next.subject)) {
      seen.add(next.subject)
      root = { subject: next.subject, documented: next.documented === 1 }
      next = this.#linked.get(next.subject)
    }
    return root
  }
}
