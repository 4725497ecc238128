import type { Reason } from '../../contract/outcome.ts'
import type { Credential, Proof } from '../credentials/credential.ts'

/** How far a gate's clock and an issuer's may be apart. */
const skewMs = 120_000

type Ids = Pick<ReadonlySet<string>, 'has'>

/** Ids in base64url. */
export type Revoked = { readonly cti: Ids; readonly kid: Ids }

/** What speaks against a code, whatever the site accepts; `''` where nothing does. `now` in ms since 1970. */
export function faultOf(credential: Credential, revoked: Revoked, now: number): Reason {
  if (!('person' in credential)) return credential.check === 'enrolment' ? 'not-personal' : credential.check
  const { proof, validity, check } = credential
  if (proof !== null && isRevoked(proof, revoked)) return 'revoked'
  if (validity !== null && now < validity.notBefore - skewMs) return 'not-yet-valid'
  if (validity !== null && now > validity.expires + skewMs) return 'expired'
  return check === 'good' ? '' : check
}

/** Whether nobody may pass with it. The others are let in with a notice. */
export function isFault(reason: Reason): boolean {
  return reason !== '' && reason !== 'check-by-hand' && reason !== 'number-only'
}

/** Whether the code is proven: signed by somebody trusted here, in force and not revoked. */
export function isVerified(credential: Credential, revoked: Revoked, now: number): boolean {
  return 'person' in credential && credential.proof !== null && !isFault(faultOf(credential, revoked, now))
}

function isRevoked({ kid, cti }: Proof, revoked: Revoked): boolean {
  return revoked.kid.has(kid) || (cti !== null && revoked.cti.has(cti))
}
