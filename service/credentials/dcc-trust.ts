import { createHash, createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { type Algorithm, algorithm } from './cose.ts'

export type CertificateType = 'vaccination' | 'test' | 'recovery'

/** Whose EU certificates are trusted, by kid (base64url). */
export type DccTrust = ReadonlyMap<string, readonly TrustedKey[]>

/** Lists have thousands of keys of which a gate meets few, so each is built when it is first asked for. Null: unusable. */
type TrustedKey = () => DccKey | null

/** Times in milliseconds since 1970; `usages` null where the key may sign every type of certificate. */
export type DccKey = {
  readonly key: KeyObject
  readonly alg: Algorithm
  readonly from: number
  readonly to: number
  readonly usages: ReadonlySet<CertificateType> | null
}

/** A code is tried with every key of its kid. Two keys with one kid are chance already. */
const maxKeysOfKid = 8

const Base64url = z.string().regex(/^[A-Za-z0-9_-]+$/, 'expected base64url')
const Der = z.base64('expected a certificate in base64 DER').min(1)
const Jwk = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: Base64url, y: Base64url }),
  z.object({ kty: z.literal('RSA'), n: Base64url, e: Base64url }),
])
/** Lists write it in base64 or in base64url, with or without padding. */
const Kid = z
  .string()
  .regex(/^[\w+/-]+={0,2}$/, 'expected base64url')
  .transform((kid) => Buffer.from(kid, 'base64').toString('base64url'))
/** A certificate tells more than a bare key, and counts where an entry holds both. */
const Entry = z
  .object({
    kid: Kid.optional(),
    key: z.union([Jwk, Der], 'expected a P-256 or RSA JWK, or a certificate in base64 DER').optional(),
    x5c: z.tuple([Der], Der).optional(),
  })
  .transform(({ kid, key, x5c }, context) => {
    const certificate = x5c?.[0] ?? (typeof key === 'string' ? key : null)
    if (certificate !== null) return { kid: kid ?? kidOf(certificate), build: () => fromCertificate(certificate) }
    if (typeof key === 'object' && kid !== undefined) return { kid, build: () => fromJwk(key) }
    context.issues.push({ code: 'custom', input: key, message: 'expected a certificate, or a JWK with its kid' })
    return z.NEVER
  })

/** `entries`: `{"kid","key": JWK or base64 DER,"x5c":[base64 DER]}`. One of another shape is left out and named. */
export function toDccTrust(entries: readonly unknown[]): { keys: DccTrust; faults: string[] } {
  const keys = new Map<string, TrustedKey[]>()
  const faults: string[] = []
  for (const [i, entry] of entries.entries()) {
    const { data, error } = Entry.safeParse(entry)
    if (data !== undefined) {
      const sameKid = keys.get(data.kid) ?? []
      if (sameKid.length < maxKeysOfKid) sameKid.push(once(data.build))
      else faults.push(`dcc.${i}.kid: expected at most ${maxKeysOfKid} keys with one kid`)
      keys.set(data.kid, sameKid)
    }
    const issue = error?.issues[0]
    if (issue !== undefined) faults.push(`dcc.${[i, ...issue.path].join('.')}: ${issue.message}`)
  }
  return { keys, faults }
}

/** The first 8 bytes of the SHA-256 of the certificate (eu-dcc-hcert-spec 1.0.8). */
function kidOf(certificate: string): string {
  return createHash('sha256').update(Buffer.from(certificate, 'base64')).digest().subarray(0, 8).toString('base64url')
}

function once(build: () => DccKey | null): TrustedKey {
  let built: DccKey | null | undefined
  return () => {
    if (built === undefined) built = orNull(build)
    return built
  }
}

/** What OpenSSL cannot read, it throws at. */
function orNull(build: () => DccKey | null): DccKey | null {
  try {
    return build()
  } catch {
    return null
  }
}

function fromCertificate(der: string): DccKey | null {
  const certificate = new X509Certificate(Buffer.from(der, 'base64'))
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()]
  // Despite its type this is undefined for a certificate without extended key usages.
  const usages = usagesOf(certificate.keyUsage ?? [])
  return toKey(certificate.publicKey, { from, to, usages })
}

function fromJwk(key: JsonWebKey): DccKey | null {
  const unbounded = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, usages: null }
  return toKey(createPublicKey({ key, format: 'jwk' }), unbounded)
}

function toKey(key: KeyObject, rest: Omit<DccKey, 'key' | 'alg'>): DccKey | null {
  if (key.asymmetricKeyType === 'rsa') return { key, alg: algorithm.PS256, ...rest }
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? { key, alg: algorithm.ES256, ...rest } : null
}

const typeByOid = new Map<string | undefined, CertificateType>([
  ['1', 'test'],
  ['2', 'vaccination'],
  ['3', 'recovery'],
])

/** The extended key usages of eu-dcc-hcert-spec 1.0.8. Early certificates have a `0` too many. */
function usagesOf(oids: readonly string[]): DccKey['usages'] {
  const types = oids.flatMap(
    (oid) => typeByOid.get(/^1\.3\.6\.1\.4\.1\.(?:0\.)?1847\.2021\.1\.(\d)$/.exec(oid)?.[1]) ?? [],
  )
  return types.length === 0 ? null : new Set(types)
}
