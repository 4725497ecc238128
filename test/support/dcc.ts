import { constants, createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { encode } from 'cborg'
import { toDccTrust } from '../../service/credentials/dcc-trust.ts'
import { noTrust, type Trust } from '../../service/credentials/trust.ts'
import { certificates } from './certificates.ts'
import { encodeBase45 } from './issuer.ts'

/** What a message holds instead of the usual. Times in seconds since 1970. */
export type Parts = {
  dcc?: unknown
  iat?: unknown
  exp?: unknown
  /** Replaces the claims as a whole. */
  payload?: Uint8Array
  header?: ReadonlyMap<number, unknown>
  unprotected?: ReadonlyMap<number, unknown>
  /** The bytes before the message. */
  tags?: readonly number[]
}

export type Signer = {
  /** What makes a gate trust this signer. */
  readonly entry: Record<string, unknown>
  readonly kid: Uint8Array
  readonly alg: -7 | -37
  /** The message in CBOR, before it is compressed. */
  message(parts?: Parts): Buffer
  mint(parts?: Parts): string
}

export const nam = { fn: 'Nguyễn', fnt: 'NGUYEN', gn: 'Văn Mẫu', gnt: 'VAN<MAU' }
const about = { tg: '840539006', co: 'VN', is: 'Bộ Y tế' }
export const groups = {
  v: { ...about, ci: 'URN:UVCI:01:VN:V1#0', vp: 'J07BX03', mp: 'EU/1/20/1528', ma: '', dn: 2, sd: 3, dt: '2026-02-18' },
  t: { ...about, ci: 'URN:UVCI:01:VN:T1#0', tt: 'LP6464-4', sc: '2026-02-20T12:34:56Z', tr: '260415000', tc: 'Mẫu' },
  r: { ...about, ci: 'URN:UVCI:01:VN:R1#0', fr: '2026-02-01', df: '2026-02-12', du: '2026-08-01' },
} as const

/** A certificate of an invented person. */
export function certificateOf(group: keyof typeof groups): Record<string, unknown> {
  return { ver: '1.3.0', nam, dob: '1990-01-15', [group]: [groups[group]] }
}

/** The usual times of issue and expiry, in seconds. */
export const [iat, exp] = [Date.UTC(2026, 2, 1) / 1000, Date.UTC(2027, 2, 1) / 1000]

/** A signer with a fresh key, trusted as a JWK. */
export function makeSigner(alg: 'ES256' | 'PS256' = 'ES256'): Signer {
  const { publicKey, privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const kid = createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest()
    .subarray(0, 8)
  const entry = { kid: kid.toString('base64url'), key: publicKey.export({ format: 'jwk' }) }
  return toSigner(entry, kid, alg === 'ES256' ? -7 : -37, privateKey)
}

/** A signer with one of the certificates. */
export function certified(name: keyof typeof certificates): Signer {
  const der = Buffer.from(certificates[name].certificate, 'base64')
  const key = createPrivateKey({ key: Buffer.from(certificates[name].key, 'base64'), format: 'der', type: 'pkcs8' })
  const kid = createHash('sha256').update(der).digest().subarray(0, 8)
  return toSigner({ key: certificates[name].certificate }, kid, -7, key)
}

function toSigner(entry: Signer['entry'], kid: Uint8Array, alg: Signer['alg'], key: KeyObject): Signer {
  const message = (parts: Parts = {}) => {
    const protectedHeader =
      parts.header ??
      new Map<number, unknown>([
        [1, alg],
        [4, kid],
      ])
    const header = protectedHeader.size === 0 ? new Uint8Array() : encode(protectedHeader)
    const payload = parts.payload ?? encode(toClaims(parts))
    const signature = signBy(key, encode(['Signature1', header, new Uint8Array(), payload]))
    return Buffer.concat([
      Uint8Array.from(parts.tags ?? [0xd2]),
      encode([header, parts.unprotected ?? new Map(), payload, signature]),
    ])
  }
  return { entry, kid, alg, message, mint: (parts) => toHc1(message(parts)) }
}

function toClaims(parts: Parts): Map<number, unknown> {
  const hcert = new Map([[1, 'dcc' in parts ? parts.dcc : certificateOf('v')]])
  const times = { iat, exp, ...parts }
  const claims: [number, unknown][] = [
    [1, 'VN'],
    [4, times.exp],
    [6, times.iat],
    [-260, hcert],
  ]
  return new Map(claims.filter(([, value]) => value !== undefined))
}

function signBy(key: KeyObject, bytes: Uint8Array): Uint8Array {
  if (key.asymmetricKeyType === 'ec') return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
  return sign('sha256', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
}

/** The code of a message of any bytes. */
export function toHc1(message: Uint8Array): string {
  return `HC1:${encodeBase45(deflateSync(message))}`
}

/** The trust of a gate that knows these signers. */
export function trustIn(...signers: readonly Signer[]): Trust {
  return { ...noTrust, dcc: toDccTrust(signers.map(({ entry }) => entry)).keys }
}
