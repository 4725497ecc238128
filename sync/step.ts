import type { Answer } from './client.ts'
import { parseHttpDate } from './clock.ts'
import { parseJson } from './json.ts'
import { Refusal } from './protocol.ts'

/** How one exchange with the platform ended, where it did not simply succeed. */
export type Step =
  /** Try later; `waitMs` is the least that the platform asked for. */
  | { kind: 'failed'; why: string; waitMs: number }
  /** `purge`: the platform wants the personal data gone. */
  | { kind: 'revoked'; purge: boolean }

export function failed(why: string, waitMs = 0): Step {
  return { kind: 'failed', why, waitMs }
}

/** What an answer without success means, whatever was asked. */
export function refusal(answer: Extract<Answer, { kind: 'answer' }>): Step {
  const body = answer.status === 403 ? refusalBody(answer.body) : null
  if (body?.code === 'revoked') return { kind: 'revoked', purge: body.purge === true }
  return failed(`the platform answered ${answer.status}`, retryAfterMs(answer))
}

/** The body of a refusal, or null where it is none: a captive portal's page, say. */
export function refusalBody(body: string): Refusal | null {
  const parsed = Refusal.safeParse(parseJson(body))
  return parsed.success ? parsed.data : null
}

/** `Retry-After` is in seconds or a date; the date is by the platform's clock, for ours may be years away. */
function retryAfterMs(answer: Extract<Answer, { kind: 'answer' }>): number {
  const value = answer.header('retry-after')
  if (value === undefined) return 0
  const until = () => parseHttpDate(value) - parseHttpDate(answer.header('date'))
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : until()
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : 0
}
