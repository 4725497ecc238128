import { personalDigest, visitHash } from '../sync/digest.ts'
import { Visit } from '../sync/protocol.ts'
import { explain } from './body.ts'

/** One visit as it goes into the database. Exactly one of `visit` and `raw` is there. */
export interface Entry {
  seq: number
  /** The claimed hash, null where there is no usable one. */
  hash: string | null
  /** The claimed `prev` of a visit whose own hash is right, else null. */
  prev: string | null
  /** In UTC, of an accepted visit; null also where it lies outside the years 1 to 9999. */
  at: string | null
  visit: unknown
  raw: string | null
  code: 'bad-visit' | 'bad-hash' | 'bad-digest' | null
  detail: string | null
}

const maxDepth = 64

/** Judges one received visit; never throws, whatever a device sent. */
export function check(visit: { seq: number }): Entry {
  const hash = Visit.shape.hash.safeParse('hash' in visit ? visit.hash : null).data ?? null
  const entry = { seq: visit.seq, hash, prev: null, at: null, visit, raw: null }
  const unstorable = unstorableWhy(visit)
  if (unstorable !== null) {
    const raw = unstorable.tooDeep ? JSON.stringify({ seq: visit.seq }) : JSON.stringify(visit)
    return { ...entry, visit: null, raw, code: 'bad-visit', detail: unstorable.detail }
  }
  if (!isVisit(visit)) return { ...entry, code: 'bad-visit', detail: explain(Visit.safeParse(visit).error) }
  if (visitHash(visit) !== visit.hash) {
    return { ...entry, code: 'bad-hash', detail: 'hash: expected the SHA-256 of the canonical visit' }
  }
  if (visit.personal !== undefined && personalDigest(visit.personal) !== visit.digest) {
    const detail = 'digest: expected the SHA-256 of the canonical personal data'
    return { ...entry, prev: visit.prev, code: 'bad-digest', detail }
  }
  return { ...entry, prev: visit.prev, at: inUtc(visit.at), code: null, detail: null }
}

/** PostgreSQL knows no year 0 and no offset of 16 hours. */
function inUtc(at: string): string | null {
  const time = new Date(at)
  const year = time.getUTCFullYear()
  return year >= 1 && year <= 9999 ? time.toISOString() : null
}

// A guard and not the parsed value: hash and digest cover the visit as it was sent.
function isVisit(visit: unknown): visit is Visit {
  return Visit.safeParse(visit).success
}

interface Unstorable {
  detail: string
  tooDeep: boolean
}

/** Why jsonb cannot hold a JSON value, or null. Walks without recursion: a hostile depth must not end the stack. */
export function unstorableWhy(root: unknown): Unstorable | null {
  const open = [[root].values()]
  let unstorable: Unstorable | null = null
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const { done, value } = top.next()
    if (done === true) open.pop()
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
      unstorable = { detail: 'expected text without U+0000 and without lone surrogates', tooDeep: false }
    }
    if (typeof value !== 'object' || value === null) continue
    if (open.length > maxDepth) return { detail: `expected at most ${maxDepth} levels of nesting`, tooDeep: true }
    open.push(Array.isArray(value) ? value.values() : Object.entries(value).flat().values())
  }
  return unstorable
}
