import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'

/** All that a code tells of its holder. Dates are `YYYY-MM-DD`, a part that the code does not tell being `00`. */
export type PersonData = {
  readonly name?: string
  readonly document?: string
  readonly formerDocument?: string
  readonly birthDate?: string
  readonly sex?: 'male' | 'female'
  readonly address?: string
  readonly documentIssued?: string
}

/**
 * The full person data, wrapped so that no log line, event or error can print it by accident: it can be keyed, or
 * revealed to be sealed, and nothing else.
 */
export class Person {
  readonly #id: string
  readonly #data: PersonData

  /** `id` is the canonical person id: the same for every code of one person, as far as the codes tell. */
  constructor(id: string, data: PersonData) {
    this.#id = id
    this.#data = data
  }

  /** base64url HMAC-SHA-256 of the canonical person id. */
  subject(key: Uint8Array): string {
    return createHmac('sha256', key).update(this.#id).digest('base64url')
  }

  /** For the sealer alone. */
  reveal(): PersonData {
    return this.#data
  }

  toJSON(): string {
    return '[person]'
  }

  [inspect.custom](): string {
    return '[person]'
  }
}
