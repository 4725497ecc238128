import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto'
import { decode, encode, rfc8949EncodeOptions, Tagged } from 'cborg'
import { z } from 'zod'
import { decodeBase45, encodeBase45 } from './base45.ts'
import { issuerKid, type PrivateSigningJwk } from './keys.ts'

/** A signed personal code: `VNG1:` + Base45 of a COSE_Sign1 (RFC 9052) over a CWT (RFC 8392) with claim 169. */

export const issuerName = 'VNG'
const prefix = 'VNG1:'
export const maxCodeLength = 600

/** `born` YYYY-MM-DD. */
export interface Person {
  name: string
  born: string
  sex?: 'male' | 'female' | undefined
  id?: string | undefined
}

/** Times in seconds since 1970. */
export interface Validity {
  issued: number
  expires: number
  notBefore?: number | undefined
}

const sexes = { male: 1, female: 2 }

/** An opaque code tells nobody's name: `person` is null. */
export function mintCode(key: PrivateSigningJwk, person: Person | null, validity: Validity): string {
  const claims = new Map<number, unknown>([
    [1, issuerName],
    [4, validity.expires],
    [6, validity.issued],
    [7, randomBytes(8)],
  ])
  if (person !== null) claims.set(169, identity(person))
  if (validity.notBefore !== undefined) claims.set(5, validity.notBefore)
  return signCode(key, encode(claims, rfc8949EncodeOptions))
}

function identity({ id, name, born, sex }: Person): Map<number, string | number> {
  const members = new Map<number, string | number>()
  if (id !== undefined) members.set(1, id)
  members.set(4, name).set(8, born.replaceAll('-', ''))
  if (sex !== undefined) members.set(9, sexes[sex])
  return members
}

/** Exported for the published test vectors. */
export function signCode(key: PrivateSigningJwk, claims: Uint8Array): string {
  const header = new Map<number, unknown>([
    [1, -8],
    [4, issuerKid(key)],
  ])
  const protectedHeader = encode(header, rfc8949EncodeOptions)
  const privateKey = createPrivateKey({ key, format: 'jwk' })
  const signature = sign(null, signedBytes(protectedHeader, claims), privateKey)
  const cose = new Tagged(18, [protectedHeader, new Map(), claims, signature])
  return prefix + encodeBase45(encode(cose, rfc8949EncodeOptions))
}

function signedBytes(protectedHeader: Uint8Array, claims: Uint8Array) {
  return encode(['Signature1', protectedHeader, new Uint8Array(), claims])
}

const Bytes = z.instanceof(Uint8Array)
const Sign1 = z.tuple([Bytes, z.unknown(), Bytes, Bytes])
const Claims = z.map(z.number(), z.unknown())
const Revocable = z.object({ expires: z.int(), cti: Bytes })

/** What revoking needs of a code that `key` signed: `cti` base64url, `expires` in seconds. Null for any other text. */
export function readCode(key: PrivateSigningJwk, code: string): { cti: string; expires: number } | null {
  const text = code.toUpperCase()
  if (!text.startsWith(prefix) || text.length > maxCodeLength) return null
  const bytes = decodeBase45(text.slice(prefix.length))
  const cose = Sign1.safeParse(bytes && decodeCbor(bytes))
  if (!cose.success) return null
  const [protectedHeader, , payload, signature] = cose.data
  const publicKey = createPublicKey({ key: { kty: key.kty, crv: key.crv, x: key.x }, format: 'jwk' })
  if (!verify(null, signedBytes(protectedHeader, payload), publicKey, signature)) return null
  const claims = Claims.parse(decodeCbor(payload))
  const { cti, expires } = Revocable.parse({ expires: claims.get(4), cti: claims.get(7) })
  return { cti: Buffer.from(cti).toString('base64url'), expires }
}

function decodeCbor(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, { useMaps: true, strict: true, tags: { 18: (inner) => inner() } })
  } catch {
    return null
  }
}
