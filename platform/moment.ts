import { z } from 'zod'

/** The zone of the platform's sites, and of dates that the operator writes. */
export const timeZone = 'Asia/Ho_Chi_Minh'

export const Moment = z.union(
  [z.iso.date(), z.iso.datetime({ offset: true })],
  'expected YYYY-MM-DD or an RFC 3339 time',
)

/** In ms since 1970. A bare date is a day in Vietnam: its first or its last second. */
export function momentMs(moment: string, edge: 'start' | 'end'): number {
  const time = edge === 'start' ? '00:00:00' : '23:59:59'
  return Date.parse(moment.includes('T') ? moment : `${moment}T${time}+07:00`)
}

const dayMs = 24 * 60 * 60 * 1000

/** A time that the operator asks about, in RFC 3339; where he does not say it, the last `days` days. */
export function span(asked: { from?: string | undefined; to?: string | undefined }, days: number) {
  const to = asked.to === undefined ? Date.now() : momentMs(asked.to, 'end') + 1000
  const from = asked.from === undefined ? to - days * dayMs : momentMs(asked.from, 'start')
  // PostgreSQL knows no year 0, and JavaScript writes the year 10000 in a form of its own.
  const near = (ms: number) => new Date(Math.min(Math.max(ms, 0), Date.UTC(9999, 11, 31))).toISOString()
  return { from: near(from), to: near(to) }
}
