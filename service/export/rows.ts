import type { Store } from '../store/index.ts'
import { cells } from './columns.ts'

/** Days of the gate's own calendar, both included, as `YYYY-MM-DD`. `refused`: only what the platform refused. */
export type Selection = {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly refused: boolean
}

const pageSize = 500

/** The visits asked for as rows, oldest first, page by page, so that no read lasts. Throws SqliteError for a damaged file. */
export function* rows(store: Store, selection: Selection): Generator<string[][]> {
  for (const log of [...store.kept, store]) yield* rowsOf(log, selection)
}

function* rowsOf(log: Store, { from = '', to = '9999', refused }: Selection): Generator<string[][]> {
  for (let next = log.visits.base().seq + 1; ; ) {
    const visits = log.listed(next, pageSize)
    const last = visits.at(-1)
    if (last === undefined) return
    const refusals = new Map(log.exchange.rejected(next, last.seq).map((refusal) => [refusal.seq, refusal]))
    yield visits
      // `at` has the offset of the gate's time zone: it begins with the day there.
      .filter(({ seq, at }) => at >= from && at.slice(0, 10) <= to && (!refused || refusals.has(seq)))
      .map((visit) => cells({ ...visit, refusal: refusals.get(visit.seq) }))
    next = last.seq + 1
  }
}
