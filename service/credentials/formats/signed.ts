import { z } from 'zod'
import { decodeBase45, undoCapsLock } from '../base45.ts'
import { decodeDeterministic } from '../cbor.ts'
import { algorithm, Bytes, header, isSignedBy, openSign1, type Sign1 } from '../cose.ts'
import type { Credential, CredentialFormat } from '../credential.ts'
import type { IssuerKey } from '../issuers.ts'
import { mask } from '../mask.ts'
import { documentId, idsOf, Person, type PersonData } from '../person.ts'

const prefix = 'VNG1:'
const maxLength = 600
const tagSign1 = 0xd2
const label = { iss: 1, exp: 4, nbf: 5, iat: 6, cti: 7, identity: 169 } as const

/** Personal codes signed by a platform: `VNG1:` + Base45(COSE_Sign1(CWT)), RFC 9052, 8392 and 9285. */
export const signed: CredentialFormat = {
  kind: 'signed',

  recognise: (text) => /^VNG1:/i.test(text),

  parse(text, { trust, now }) {
    const message = open(undoCapsLock(text))
    if (message === null) return failed('malformed')
    const { sign1, kid } = message
    const issuer = trust.issuers.get(kid)?.find(({ from, to }) => from <= now.getTime() && now.getTime() <= to)
    if (issuer === undefined) return failed('unknown-issuer')
    if (!isSignedBy(sign1, algorithm.EdDSA, issuer.key)) return failed('bad-signature')
    return toCredential(sign1.payload, kid, issuer)
  },
}

function open(code: string): { sign1: Sign1; kid: string } | null {
  if (code.length > maxLength || !code.startsWith(prefix)) return null
  const bytes = decodeBase45(code.slice(prefix.length))
  if (bytes === null || bytes[0] !== tagSign1) return null
  const sign1 = openSign1(bytes.subarray(1), decodeDeterministic)
  if (sign1 === null || sign1.unprotected.size > 0 || sign1.protectedHeader.size !== 2) return null
  const kid = sign1.protectedHeader.get(header.kid)
  if (sign1.protectedHeader.get(header.alg) !== algorithm.EdDSA) return null
  return kid instanceof Uint8Array && kid.length === 8 ? { sign1, kid: Buffer.from(kid).toString('base64url') } : null
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

function toCredential(payload: Uint8Array, kid: string, issuer: IssuerKey): Credential {
  const map = decodeDeterministic(payload)
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
    proof: { kid, cti },
    validity: { notBefore: Math.max(iat, nbf ?? iat) * 1000, expires: exp * 1000 },
    person: new Person(idsOf([documentId(identity.document ?? '')], `cti:${cti}`), identity),
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
