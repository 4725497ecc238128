import type { Direction, LaneDirection, ReadingOutcome, Reason } from '../../contract/outcome.ts'
import type { Credential } from '../credentials/credential.ts'

/** How far a gate's clock and an issuer's may be apart. */
const skewMs = 120_000

/** What the site asks of a code. */
export type Rules = {
  readonly accept: ReadonlySet<string>
  readonly revoked: { readonly cti: ReadonlySet<string>; readonly kid: ReadonlySet<string> }
  readonly repeatSeconds: number
}

/** The last time that this person was let through here; `visit` is the one that a repetition refers to. */
export type Passage = { readonly visit: string; readonly at: number; readonly direction: Direction }

export type Decision = {
  readonly outcome: ReadingOutcome
  readonly reason: Reason
  readonly direction: Direction
  /** The visit that this one repeats. */
  readonly refers?: string
}

/** The rules of the gate, whole: the same question always has the same answer. `now` in ms since 1970. */
export function decide(
  credential: Credential,
  rules: Rules,
  lane: LaneDirection,
  passage: Passage | null,
  now: number,
): Decision {
  const direction = directionOf(lane, passage)
  const denial = denialOf(credential, rules, now)
  if (denial !== null) return { outcome: 'denied', reason: denial, direction }
  if (passage !== null && now >= passage.at && now - passage.at < rules.repeatSeconds * 1000) {
    const repeats = lane === 'both' || passage.direction === direction
    if (repeats) return { outcome: 'warned', reason: 'repeated', direction: passage.direction, refers: passage.visit }
  }
  if (credential.check === 'check-by-hand') return { outcome: 'warned', reason: 'check-by-hand', direction }
  return { outcome: 'admitted', reason: '', direction }
}

function denialOf(credential: Credential, rules: Rules, now: number): Reason | null {
  switch (credential.check) {
    case 'unknown':
    case 'bad-signature':
    case 'unknown-issuer':
    case 'malformed':
      return credential.check
    case 'good':
    case 'check-by-hand':
      break
  }
  if (!rules.accept.has(credential.kind)) return 'not-accepted'
  if (credential.kind === 'cccd') return null
  if (rules.revoked.cti.has(credential.cti) || rules.revoked.kid.has(credential.kid)) return 'revoked'
  if (now < credential.notBefore - skewMs) return 'not-yet-valid'
  return now > credential.expires + skewMs ? 'expired' : null
}

/** A lane for both ways takes turns: who came in last goes out now. */
function directionOf(lane: LaneDirection, passage: Passage | null): Direction {
  if (lane !== 'both') return lane
  return passage?.direction === 'in' ? 'out' : 'in'
}
