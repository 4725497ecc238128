import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { encode } from 'cborg'
import { type Issuer, SigningJwk } from '../../sync/protocol.ts'

/** Claims of a personal code; times in seconds since 1970, `identity` by its numbered members (1, 4, 8, 9). */
export type Claims = {
  iss?: string
  exp?: number
  nbf?: number
  iat?: number
  cti?: Uint8Array
  identity?: ReadonlyMap<number, unknown>
}

/** What may be wrong around the claims. */
export type Flaws = {
  /** Replaces the protected header's members. */
  header?: ReadonlyMap<number, unknown>
  unprotected?: ReadonlyMap<number, unknown>
  /** The CBOR tag before the message; null leaves it out. */
  tag?: number | null
  /** Stands behind the message. */
  trailing?: Uint8Array
}

export type TestIssuer = {
  /** The entry that makes a gate trust this issuer. */
  readonly entry: Issuer
  readonly kid: Uint8Array
  mint(claims: Claims, flaws?: Flaws): string
  /** Signs a payload of any bytes. */
  mintRaw(payload: Uint8Array, flaws?: Flaws): string
}

/** An issuer of `VNG1:` codes with a fresh Ed25519 key. */
export function makeIssuer(settings: Partial<Pick<Issuer, 'iss' | 'from' | 'to'>> = {}): TestIssuer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const key = SigningJwk.parse(publicKey.export({ format: 'jwk' }))
  const kid = createHash('sha256').update(Buffer.from(key.x, 'base64url')).digest().subarray(0, 8)
  const dates = { from: '2026-01-01T00:00:00Z', to: '2027-12-31T00:00:00Z' }
  const entry = { kid: kid.toString('base64url'), key, iss: 'TEST', ...dates, ...settings }
  const mintRaw = (payload: Uint8Array, flaws: Flaws = {}) => toCode(payload, flaws, kid, privateKey)
  return { entry, kid, mintRaw, mint: (claims, flaws) => mintRaw(encode(toMap(claims)), flaws) }
}

function toMap({ iss, exp, nbf, iat, cti, identity }: Claims): Map<number, unknown> {
  const members: [number, unknown][] = [
    [1, iss],
    [4, exp],
    [5, nbf],
    [6, iat],
    [7, cti],
    [169, identity],
  ]
  return new Map(members.filter(([, value]) => value !== undefined))
}

function toCode(payload: Uint8Array, flaws: Flaws, kid: Uint8Array, privateKey: KeyObject): string {
  const header = encode(
    flaws.header ??
      new Map<number, unknown>([
        [1, -8],
        [4, kid],
      ]),
  )
  const signature = sign(null, encode(['Signature1', header, new Uint8Array(), payload]), privateKey)
  const message = encode([header, flaws.unprotected ?? new Map(), payload, signature])
  const tag = flaws.tag === null ? [] : [0xc0 + (flaws.tag ?? 18)]
  return `VNG1:${encodeBase45(Buffer.concat([Uint8Array.from(tag), message, flaws.trailing ?? new Uint8Array()]))}`
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

/** RFC 9285. */
export function encodeBase45(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 2) {
    const [high = 0, low] = bytes.subarray(i, i + 2)
    const value = low === undefined ? high : high * 256 + low
    const digits = [value % 45, Math.floor(value / 45) % 45, Math.floor(value / 2025)]
    text += digits
      .slice(0, low === undefined ? 2 : 3)
      .map((digit) => alphabet[digit])
      .join('')
  }
  return text
}
