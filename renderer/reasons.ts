import type { Reason } from '../contract/outcome.ts'
import type { Verdict } from '../contract/state.ts'
import { mistake } from './kinds.ts'
import { join, type Key, say, type Text } from './texts.ts'

interface Explanation {
  title: Text
  advice: Text
}

const reasons: Record<Exclude<Reason, ''>, readonly [title: Key, advice: Key]> = {
  repeated: ['reason.repeated', 'reason.repeated.advice'],
  'check-by-hand': ['reason.check-by-hand', 'reason.check-by-hand.advice'],
  expired: ['reason.expired', 'reason.expired.advice'],
  'not-yet-valid': ['reason.not-yet-valid', 'reason.not-yet-valid.advice'],
  revoked: ['reason.revoked', 'reason.revoked.advice'],
  'bad-signature': ['reason.bad-signature', 'reason.bad-signature.advice'],
  'unknown-issuer': ['reason.unknown-issuer', 'reason.unknown-issuer.advice'],
  'wrong-key-usage': ['reason.wrong-key-usage', 'reason.wrong-key-usage.advice'],
  malformed: ['reason.malformed', 'reason.malformed.advice'],
  unsupported: ['reason.unsupported', 'reason.unsupported.advice'],
  'multi-part': ['reason.multi-part', 'reason.multi-part.advice'],
  'number-only': ['reason.number-only', 'reason.number-only.advice'],
  'not-personal': ['reason.not-personal', 'reason.not-personal.advice'],
  damaged: ['reason.damaged', 'reason.damaged.advice'],
  'not-accepted': ['reason.not-accepted', 'reason.not-accepted.advice'],
  unknown: ['reason.unknown', 'reason.unknown.advice'],
}

/** What is wrong and what to do; nothing for a plain admission. */
export function explain({ reason, credential }: Pick<Verdict, 'reason' | 'credential'>): Explanation | undefined {
  if (reason === '') return undefined
  const [title, advice] = reasons[reason]
  return { title: say(title), advice: say(advice), ...explainByKind(reason, credential) }
}

/** What is said otherwise because of the kind of code that it is about. */
function explainByKind(reason: Reason, credential: Verdict['credential']): Partial<Explanation> {
  const { kind } = credential
  if (reason === 'expired' && kind === 'dcc')
    return { title: say('reason.expired.dcc'), advice: say('reason.expired.dcc.advice') }
  if (reason === 'damaged') return { title: join(mistake(credential), say('reason.damaged')) }
  if (reason !== 'not-personal') return {}
  return { title: mistake(credential), ...(kind === 'otp' ? { advice: say('wrong.otp.advice') } : {}) }
}
