import type { Masked } from '../../contract/outcome.ts'
import type { Issuer } from '../../sync/protocol.ts'
import type { Person } from './person.ts'

/** What a code turned out to be. Of a code that fails its check nothing may be believed, so nothing is kept. */
export type Credential =
  | {
      readonly kind: 'signed'
      readonly check: 'good'
      readonly kid: string
      readonly cti: string
      /** Milliseconds since 1970. */
      readonly notBefore: number
      readonly expires: number
      readonly person: Person
      readonly masked: Masked
    }
  | { readonly kind: 'signed'; readonly check: 'bad-signature' | 'unknown-issuer' | 'malformed' }
  /** Citizen cards carry no signature: `good` says that the card agrees with itself, not that it is genuine. */
  | {
      readonly kind: 'cccd'
      readonly check: 'good' | 'check-by-hand'
      readonly person: Person
      readonly masked: Masked
    }
  | { readonly kind: 'cccd'; readonly check: 'malformed' }
  | { readonly kind: 'unknown'; readonly check: 'unknown' }

/** What a code is checked against. */
export type Trust = { readonly issuers: readonly Issuer[]; readonly now: Date }

/** One format. `recognise` looks at the shape alone; `parse` is only given what it recognised. */
export interface CredentialFormat {
  readonly kind: Credential['kind']
  recognise(text: string): boolean
  parse(text: string, trust: Trust): Credential
}
