import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { SigningJwk } from '../../sync/protocol.ts'
import { openTrustBundle } from '../../sync/trust-bundle.ts'
import { policyPayload } from './policies.ts'

const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
const pinned = SigningJwk.parse(await exportJWK(publicKey))
const bundle = { version: 3, issuedAt: '2026-11-21T00:00:00Z', dcc: [{ kid: 'AAAA' }, 7] }

function sign(payload: unknown, header: { typ?: string } = { typ: 'gate-trust+jwt' }, key = privateKey) {
  const bytes = new TextEncoder().encode(JSON.stringify(payload))
  return new CompactSign(bytes).setProtectedHeader({ alg: 'EdDSA', ...header }).sign(key)
}

describe('the bundle of trusted keys', () => {
  it('is opened by the pinned key, its entries as they came', async () => {
    expect(await openTrustBundle(await sign(bundle), pinned)).toEqual({ kind: 'good', value: bundle })
  })

  it('is refused when a stranger signed it, or nobody', async () => {
    const forged = await sign(bundle, { typ: 'gate-trust+jwt' }, stranger.privateKey)
    expect(await openTrustBundle(forged, pinned)).toEqual({ kind: 'unsigned' })
    expect(await openTrustBundle(JSON.stringify(bundle), pinned)).toEqual({ kind: 'unsigned' })
    expect(await openTrustBundle('', pinned)).toEqual({ kind: 'unsigned' })
  })

  it.each([
    ['no version', { ...bundle, version: undefined }, 'version: '],
    ['version 0', { ...bundle, version: 0 }, 'version: '],
    ['no time of issue', { ...bundle, issuedAt: 'today' }, 'issuedAt: '],
    ['no list', { ...bundle, dcc: {} }, 'dcc: '],
    ['no object', [], '(whole): '],
  ])('is refused, with the member that is to blame, when it has %s', async (_what, payload, member) => {
    const why = expect.stringContaining(member)
    expect(await openTrustBundle(await sign(payload), pinned)).toEqual({ kind: 'misshapen', why })
  })

  it.each([{}, { typ: 'JWT' }])('is nothing else that the platform signed, such as a policy: %o', async (header) => {
    const why = 'typ: expected gate-trust+jwt'
    expect(await openTrustBundle(await sign(policyPayload(3), header), pinned)).toEqual({ kind: 'misshapen', why })
    expect(await openTrustBundle(await sign(bundle, header), pinned)).toEqual({ kind: 'misshapen', why })
  })
})
