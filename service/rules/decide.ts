import type { Direction, LaneDirection, ReadingOutcome, Reason } from '../../contract/outcome.ts'
import type { Credential, PersonalCode } from '../credentials/credential.ts'
import { faultOf, isFault, type Revoked } from './fault.ts'

/** What the site asks of a code. */
export type Rules = {
  readonly accept: ReadonlySet<string>
  readonly revoked: Revoked
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
  const reason = faultOf(credential, rules.revoked, now)
  const isPersonal = 'person' in credential
  if (isPersonal && !rules.accept.has(credential.kind)) {
    return { outcome: 'denied', reason: unaccepted(credential), direction }
  }
  if (!isPersonal || isFault(reason)) return { outcome: 'denied', reason, direction }
  if (passage !== null && now >= passage.at && now - passage.at < rules.repeatSeconds * 1000) {
    const repeats = lane === 'both' || passage.direction === direction
    if (repeats) return { outcome: 'warned', reason: 'repeated', direction: passage.direction, refers: passage.visit }
  }
  return { outcome: reason === '' ? 'admitted' : 'warned', reason, direction }
}

/** A bare number is not a wrong code: somebody can look it up. */
function unaccepted({ check }: PersonalCode): Reason {
  return check === 'number-only' ? check : 'not-accepted'
}

/** A lane for both ways takes turns: who came in last goes out now. */
function directionOf(lane: LaneDirection, passage: Passage | null): Direction {
  if (lane !== 'both') return lane
  return passage?.direction === 'in' ? 'out' : 'in'
}
