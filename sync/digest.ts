import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Personal } from './protocol.ts'

/** `prev` of the first visit of a log. */
export const firstPrev = 'A'.repeat(43)

/** RFC 8785 canonical JSON. Throws on what JSON cannot hold, which is a bug of the caller. */
export function canonical(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('expected a value that JSON can hold')
  return text
}

/** base64url SHA-256. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('base64url')
}

/** `digest` of a visit: it stays when the personal data is purged. */
export function personalDigest(personal: Personal): string {
  return sha256(canonical(personal))
}

/** The visit as its hash covers it: without `hash` and without `personal`. */
export function chainBody(visit: Readonly<Record<string, unknown>>): string {
  const { hash: _hash, personal: _personal, ...body } = visit
  return canonical(body)
}

/** `hash` of a visit; it covers `prev` and so the whole log before it. */
export function visitHash(visit: Readonly<Record<string, unknown>>): string {
  return sha256(chainBody(visit))
}
