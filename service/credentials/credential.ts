import type { CodeKind, Label } from '../../contract/code.ts'
import type { Masked } from '../../contract/outcome.ts'
import type { EnrolmentCode } from '../../sync/enrolment-code.ts'
import type { Person } from './person.ts'
import type { Trust } from './trust.ts'

/** What a code turned out to be. Of a code that fails its check nothing may be believed, so nothing is kept. */
export type Credential = PersonalCode | FailedCode | EnrolCode

/** A code that tells whose it is. */
export type PersonalCode = {
  /** One of the contract's kinds, or one that the site added (`x-…`). */
  readonly kind: CodeKind | SiteKind
  /**
   * `good`: every check that this kind has was passed; without a `proof` that only means that the code agrees with itself.
   * `number-only`: somebody has to look the number up.
   */
  readonly check: 'good' | 'check-by-hand' | 'number-only'
  /** The signature that was verified; null for a code that carries none that could be. */
  readonly proof: Proof | null
  readonly validity: Validity | null
  readonly person: Person
  readonly masked: Masked
  /** What a site calls a kind of its own. */
  readonly label?: Label
}

export type SiteKind = `x-${string}`

/** Ids in base64url; `cti` is null for a kind whose codes are not revoked one by one. */
export type Proof = { readonly kid: string; readonly cti: string | null }

/** Milliseconds since 1970, both included. */
export type Validity = { readonly notBefore: number; readonly expires: number }

export type FailedCode = {
  readonly kind: CodeKind
  readonly check:
    | 'bad-signature'
    | 'unknown-issuer'
    /** The issuer's key may not sign this sort of certificate. */
    | 'wrong-key-usage'
    | 'malformed'
    /** A version that this program does not know. */
    | 'unsupported'
    /** One of several codes that only together say something. */
    | 'multi-part'
    /** A code for something else, shown by mistake. */
    | 'not-personal'
    /** A code for something else, and broken too. */
    | 'damaged'
    | 'unknown'
  /** `invoice`: a payment code that may be an electronic invoice instead. */
  readonly variant?: 'invoice'
}

/** Not for people: by it the gate joins a platform. */
export type EnrolCode = { readonly kind: 'enrol'; readonly check: 'enrolment'; readonly code: EnrolmentCode }

/** What a code is read with. */
export type Reading = { readonly trust: Trust; readonly now: Date }

/** One format. `recognise` looks at the shape alone; `parse` is only given what it recognised. Neither ever throws. */
export interface CredentialFormat {
  readonly kind: CodeKind
  /** `symbology` is the AIM identifier without its bracket, such as `Q1` or `E0`; null where the reader told none. */
  recognise(text: string, symbology: string | null): boolean
  parse(text: string, reading: Reading): Credential
}

/** The format of codes that are never a person's: their shape is all there is to know. */
export function misplaced(kind: CodeKind, shape: RegExp): CredentialFormat {
  return {
    kind,
    recognise: (text) => shape.test(text),
    parse: () => ({ kind, check: 'not-personal' }),
  }
}
