import { z } from 'zod'
import { chainBody, firstPrev, personalDigest, sha256 } from '../../sync/digest.ts'
import { parseJson } from '../../sync/json.ts'
import { type KnownVisit, type Personal, Visit } from '../../sync/protocol.ts'

/** A visit as it is stored: `body` is the canonical JSON that `hash` covers, byte for byte. */
export type Row = {
  readonly seq: number
  readonly body: string
  readonly personal: string | null
  readonly hash: string
}

/** The end of a chain, or the place where one goes on: number and hash of a visit, 0 and 43 `A`s before the first. */
export type Head = { readonly seq: number; readonly hash: string }

/** A visit as the lane makes it; the log adds number, id and chain. */
export type VisitDraft = Omit<KnownVisit, 'seq' | 'id' | 'digest' | 'prev' | 'hash' | 'personal'> & {
  personal: Personal
  /** A simulated reader made it: the person is invented. */
  simulated?: true
}

const Prev = z.object({ prev: z.string() })

export type Stored<Draft extends VisitDraft> = Draft & Pick<KnownVisit, 'seq' | 'id' | 'digest' | 'prev' | 'hash'>

/** The visit that follows `head`, and the row that keeps it. */
export function seal<Draft extends VisitDraft>(draft: Draft, id: string, head: Head): [Stored<Draft>, Row] {
  const seq = head.seq + 1
  const unsealed = { ...draft, seq, id, digest: personalDigest(draft.personal), prev: head.hash }
  const body = chainBody(unsealed)
  const hash = sha256(body)
  return [
    { ...unsealed, hash },
    { seq, body, personal: JSON.stringify(draft.personal), hash },
  ]
}

export function toVisit({ body, personal, hash }: Row): Visit {
  return { ...JSON.parse(body), ...(personal === null ? {} : { personal: JSON.parse(personal) }), hash }
}

/** Why this row cannot be what was written as the visit after `head`; null where it is. */
export function faultOf(row: Row, head: Head): string | null {
  const seq = head.seq + 1
  if (row.seq !== seq) return 'the visit is missing'
  if (sha256(row.body) !== row.hash) return 'the visit was changed'
  let visit: Visit
  try {
    visit = Visit.parse(toVisit(row))
  } catch {
    return 'the visit cannot be read'
  }
  if (visit.seq !== seq) return 'the visit has another number'
  if (visit.prev !== head.hash) return 'the visit does not join the one before it'
  const intact = visit.personal === undefined || personalDigest(visit.personal) === visit.digest
  return intact ? null : 'the personal data was changed'
}

/** Where a log begins whose first visit this is. */
export function baseOf(row: Row): Head {
  const body = Prev.safeParse(parseJson(row.body))
  return { seq: row.seq - 1, hash: body.success ? body.data.prev : firstPrev }
}
