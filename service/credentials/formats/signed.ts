import { createPublicKey, verify } from 'node:crypto'
import { decode, encode } from 'cborg'
import { z } from 'zod'
import type { Issuer } from '../../sync/protocol.ts'
import { decodeBase45 } from './base45.ts'
import type { Credential, CredentialFormat } from './credential.ts'
import { mask } from './mask.ts'
import { Person, type PersonData } from './person.ts'

const prefix = 'VNG1:'
const maxLength = 600
const tagSign1 = 0xd2
const label = { alg: 1, kid: 4, iss: 1, exp: 4, nbf: 5, iat: 6, cti: 7, identity: 169 } as const
const edDsa = -8

/** Personal codes signed by a platform: `VNG1:` + Base45(COSE_Sign1(CWT)), RFC 9052, 8392 and 9285. */
export const signed: CredentialFormat = {
  kind: 'signed',

  recognise: (text) => text.slice(0, prefix.length).toUpperCase() === prefix,

  parse(text, trust) {
    // Caps Lock at a keyboard reader turns the whole code over.
    const code = /[A-Z]/.test(text) ? text : text.toUpperCase()
    const message = openSign1(code)
    if (message === null) return failed('malformed')
    const issuer = trust.issuers.find((candidate) => candidate.kid === message.kid && inForce(candidate, trust.now))
    if (issuer === undefined) return failed('unknown-issuer')
    // Nothing of the payload is looked at before its signature is proven.
    if (!isGenuine(message, issuer)) return failed('bad-signature')
    return toCredential(message, issuer)
  },
}

type Sign1 = { kid: string; protectedHeader: Uint8Array; payload: Uint8Array; signature: Uint8Array }

const Bytes = z.instanceof(Uint8Array)
const Sign1Shape = z.tuple([Bytes, z.instanceof(Map).refine((map) => map.size === 0), Bytes, Bytes])

function openSign1(code: string): Sign1 | null {
  if (code.length > maxLength || !code.startsWith(prefix)) return null
  const bytes = decodeBase45(code.slice(prefix.length))
  if (bytes === null || bytes[0] !== tagSign1) return null
  const shape = Sign1Shape.safeParse(fromCbor(bytes.subarray(1)))
  if (!shape.success) return null
  const [protectedHeader, , payload, signature] = shape.data
  const header = fromCbor(protectedHeader)
  if (!(header instanceof Map) || header.size !== 2 || header.get(label.alg) !== edDsa) return null
  const kid: unknown = header.get(label.kid)
  if (!(kid instanceof Uint8Array) || kid.length !== 8) return null
  return { kid: Buffer.from(kid).toString('base64url'), protectedHeader, payload, signature }
}

/** Strict CBOR (no duplicate keys, no trailing bytes, shortest forms). Undefined where it is not. */
function fromCbor(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, { strict: true, useMaps: true, rejectDuplicateMapKeys: true, allowIndefinite: false })
  } catch {
    return undefined
  }
}

function inForce(issuer: Issuer, now: Date): boolean {
  return Date.parse(issuer.from) <= now.getTime() && now.getTime() <= Date.parse(issuer.to)
}

function isGenuine(message: Sign1, issuer: Issuer): boolean {
  const signedBytes = encode(['Signature1', message.protectedHeader, new Uint8Array(), message.payload])
  return verify(null, signedBytes, createPublicKey({ key: issuer.key, format: 'jwk' }), message.signature)
}

const Claims = z.object({
  iss: z.string().max(8).optional(),
  exp: z.int(),
  nbf: z.int().optional(),
  iat: z.int(),
  cti: Bytes.refine((bytes) => bytes.length === 8),
})
const Identity = z.object({
  id: z.string().max(40).optional(),
  name: z.string().max(200).optional(),
  born: z
    .string()
    .regex(/^\d{8}$/)
    .optional(),
  sex: z.int().optional(),
})

function toCredential(message: Sign1, issuer: Issuer): Credential {
  const map = fromCbor(message.payload)
  if (!(map instanceof Map)) return failed('malformed')
  const claims = Claims.safeParse({
    iss: map.get(label.iss),
    exp: map.get(label.exp),
    nbf: map.get(label.nbf),
    iat: map.get(label.iat),
    cti: map.get(label.cti),
  })
  const identity = toIdentity(map.get(label.identity))
  if (!claims.success || identity === null || (claims.data.iss ?? issuer.iss) !== issuer.iss) return failed('malformed')
  const { exp, nbf, iat } = claims.data
  const cti = Buffer.from(claims.data.cti).toString('base64url')
  return {
    kind: 'signed',
    check: 'good',
    kid: message.kid,
    cti,
    notBefore: Math.max(iat, nbf ?? iat) * 1000,
    expires: exp * 1000,
    person: new Person(identity.document === undefined ? `cti:${cti}` : `vn:${identity.document}`, identity),
    masked: mask(identity),
  }
}

/** Claim 169: 1 id, 4 full name, 8 birth date `YYYYMMDD`, 9 sex. A code without it is an opaque one. */
function toIdentity(value: unknown): PersonData | null {
  if (value === undefined) return {}
  if (!(value instanceof Map)) return null
  const parsed = Identity.safeParse({ id: value.get(1), name: value.get(4), born: value.get(8), sex: value.get(9) })
  if (!parsed.success) return null
  const { id, name, born, sex } = parsed.data
  return {
    ...(id === undefined ? {} : { document: id }),
    ...(name === undefined ? {} : { name: name.normalize('NFC') }),
    ...(born === undefined ? {} : { birthDate: `${born.slice(0, 4)}-${born.slice(4, 6)}-${born.slice(6)}` }),
    ...(sex === 1 ? { sex: 'male' as const } : sex === 2 ? { sex: 'female' as const } : {}),
  }
}

function failed(check: 'bad-signature' | 'unknown-issuer' | 'malformed'): Credential {
  return { kind: 'signed', check }
}
