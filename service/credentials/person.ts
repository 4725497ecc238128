import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import type { Masked } from '../../contract/outcome.ts'

/** All that a code tells of its holder. Dates are `YYYY-MM-DD`, a part that the code does not tell being `00`. */
export type PersonData = {
  readonly name?: string
  /** Of an identity document; a code may carry it masked already. */
  readonly document?: string
  readonly formerDocument?: string
  readonly birthDate?: string
  readonly sex?: 'male' | 'female'
  readonly address?: string
  readonly documentIssued?: string
  /** Of a health-insurance card: 2 letters and 13 digits, or the 10 digits of the insured alone. */
  readonly insurance?: string
  readonly phone?: string
  readonly certificate?: Masked['certificate']
}

/**
 * The full person data, wrapped so that no log line, event or error can print it by accident: it can be keyed, or
 * revealed to be sealed, and nothing else.
 */
export class Person {
  readonly #ids: readonly [string, ...string[]]
  readonly #data: PersonData

  /**
   * `ids` are the canonical ids that the code tells of this person, `vn:001090000001` before `qid:…`, the strongest
   * first: the same number gives the same id, whatever code carries it.
   */
  constructor(ids: readonly [string, ...string[]], data: PersonData) {
    this.#ids = ids
    this.#data = data
  }

  /** base64url HMAC-SHA-256 of each canonical id, the strongest first. */
  subjects(key: Uint8Array): [string, ...string[]] {
    const [first, ...rest] = this.#ids
    return [keyed(first, key), ...rest.map((id) => keyed(id, key))]
  }

  /** Whether the strongest id is the number of an identity document. */
  get documented(): boolean {
    return /^(?:vn|cmnd|doc):/.test(this.#ids[0])
  }

  /** For the sealer alone. */
  reveal(): PersonData {
    return this.#data
  }

  toJSON(): string {
    return '[person]'
  }

  toString(): string {
    return '[person]'
  }

  [inspect.custom](): string {
    return '[person]'
  }
}

function keyed(id: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(id).digest('base64url')
}

/** The canonical id of an identity document by its number; null where the number is masked or missing. */
export function documentId(number: string): string | null {
  if (/^\d{12}$/.test(number)) return `vn:${number}`
  if (/^\d{9}$/.test(number)) return `cmnd:${number}`
  return /^[0-9A-Z]+$/.test(number) ? `doc:${number}` : null
}

/** The canonical id of an insured person by a card's number or the ten digits that end it; null where it is masked. */
export function insuranceId(number: string): string | null {
  const ten = /^(?:[A-Z]{2}\d{3})?(\d{10})$/.exec(number)?.[1]
  return ten === undefined ? null : `bhxh:${ten}`
}

/** The ids that are known, in their order; `otherwise` where none is. */
export function idsOf(known: readonly (string | null)[], otherwise: string): [string, ...string[]] {
  const [first = otherwise, ...rest] = known.filter((id) => id !== null)
  return [first, ...rest]
}
