import { compactVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Platform } from '../../platform/admin.ts'
import { signTrust, type TrustedKey } from '../../platform/trust.ts'
import { TrustList } from '../../platform/trust-list.ts'
import { run, startEngine } from './engine.ts'

const jwk = { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }

/** A method of the trust list as the World Health Organization publishes it. */
function method(path: string, publicKeyJwk: object = jwk) {
  const controller = 'did:web:trust.example:v2:trustlist'
  return { id: `${controller}:${path}`, type: 'JsonWebKey2020', controller, publicKeyJwk, keyusage: 'DSC' }
}

const document = (...verificationMethod: unknown[]) => ({
  '@context': [],
  id: 'did:web:trust.example',
  verificationMethod,
})
const keysIn = (...methods: unknown[]) => TrustList.parse(document(...methods))

describe('a DID document', () => {
  test.each([
    ['as base64', '-:CZE:DSC#e4lH6I4iMIM=', 'e4lH6I4iMIM'],
    ['as base64 with signs', '-:CZE:DSC#+7/PaASOAJY=', '-7_PaASOAJY'],
    ['percent-encoded', '-:CZE:DSC#%2B7%2FPaASOAJY%3D', '-7_PaASOAJY'],
    ['as base64url', '-:CZE:DSC#-7_PaASOAJY', '-7_PaASOAJY'],
  ])('gives the kid of a key, written %s, in base64url', (_how, path, kid) => {
    expect(keysIn(method(path))).toEqual([{ kid, country: 'CZE', key: jwk }])
  })

  test.each([
    ['DCC:NLD:DSC#e4lH6I4iMIM=', 'NLD'],
    ['RACSEL-DDVC:XT:DSC#e4lH6I4iMIM=', 'XT'],
    ['-:-:DSC#e4lH6I4iMIM=', ''],
  ])('gives the country of %s', (path, country) => {
    expect(keysIn(method(path))).toEqual([expect.objectContaining({ country })])
  })

  test('gives the certificates instead of the bare key where it has both', () => {
    const x5c = ['MIIB', 'MIIC']
    expect(keysIn(method('-:CZE:DSC#e4lH6I4iMIM=', { ...jwk, x5c }))).toEqual([
      { kid: 'e4lH6I4iMIM', country: 'CZE', x5c },
    ])
  })

  test('gives the keys of document signers alone', () => {
    const others = ['SCA', 'DECA', 'DESC'].map((usage) => method(`DCC:CZE:${usage}#e4lH6I4iMIM=`))
    expect(keysIn(...others, method('DCC:CZE:DSC#AAAAAAAAAAE='))).toEqual([
      { kid: 'AAAAAAAAAAE', country: 'CZE', key: jwk },
    ])
    expect(TrustList.safeParse(document(...others)).success).toBe(false)
  })

  test('is read whatever stands in its ids', () => {
    for (const path of ['', '#', ':DSC', ':DSC#%', '-:CZE:DSC#%zz', '-:CZE:DSC', ':'.repeat(100_000)]) {
      expect(() => TrustList.safeParse(document(method(path)))).not.toThrow()
    }
  })
})

describe('a plain list', () => {
  test('stays as it is', () => {
    const keys = [
      { kid: 'AAAAAAAAAAE', key: jwk, country: 'VN' },
      { x5c: ['MIIB'], country: 'VN', note: 'kept' },
    ]
    expect(TrustList.parse(keys)).toEqual(keys)
    expect(TrustList.parse([])).toEqual([])
  })

  test.each([[null], [{}], ['text'], [[{ kid: 'AA' }]], [{ verificationMethod: ['did:web:trust.example'] }]])(
    '%j is neither',
    (list) => {
      expect(TrustList.safeParse(list).error?.issues[0]?.message).toMatch(/^expected a DID document .* or a list of /)
    },
  )
})

describe('a signed bundle', () => {
  let platform: Platform
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ platform, stop } = await startEngine('pglite'))
  }, 60_000)
  afterAll(() => stop())

  test('holds the keys, its date, and the date as its version, and is no policy', async () => {
    const keys: TrustedKey[] = [{ kid: 'AAAAAAAAAAE', key: jwk, country: 'VN' }]
    const { bundle } = await run(platform, signTrust, { keys })
    const { kty, crv, x } = platform.keys.signing
    const { payload, protectedHeader } = await compactVerify(bundle, { kty, crv, x })
    expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: platform.keys.thumbprint, typ: 'gate-trust+jwt' })
    const { version, issuedAt, dcc } = JSON.parse(new TextDecoder().decode(payload))
    expect(dcc).toEqual(keys)
    expect(version).toBe(Math.floor(Date.parse(issuedAt) / 1000))
    expect(Math.abs(Date.parse(issuedAt) - Date.now())).toBeLessThan(60_000)
  })

  test('is refused for more keys than the world has signers', () => {
    const keys = Array.from({ length: 15_001 }, () => ({ country: 'VN' }))
    expect(signTrust.input.safeParse({ keys }).error?.issues[0]?.message).toBe('expected at most 15000 keys')
  })
})
