import { firstPrev } from '../../sync/digest.ts'
import { isStorageFault } from './fault.ts'
import { faultOf, type Head, type Row } from './row.ts'
import type { VisitLog } from './visits.ts'

export type Verified = { kind: 'ok'; visits: number } | { kind: 'broken'; seq: number; why: string }

const pageSize = 500

/** Walks the chain page by page from the visit after `base` to the end. */
export function verify(visits: VisitLog, base: Head = { seq: 0, hash: firstPrev }): Verified {
  let head = base
  for (;;) {
    const rows = readable(visits, head.seq + 1)
    if (rows === null) return { kind: 'broken', seq: head.seq + 1, why: 'the file is damaged there' }
    if (rows.length === 0) return { kind: 'ok', visits: head.seq - base.seq }
    for (const row of rows) {
      const why = faultOf(row, head)
      if (why !== null) return { kind: 'broken', seq: head.seq + 1, why }
      head = row
    }
  }
}

/** A page from `first` on, or what of it can be read one by one; null where not even `first` can. */
function readable(visits: VisitLog, first: number): Row[] | null {
  for (const limit of [pageSize, 1]) {
    try {
      return visits.rows(first, limit)
    } catch (error) {
      if (!isStorageFault(error)) throw error
    }
  }
  return null
}
