import { encode } from 'cborg'
import { describe, expect, it } from 'vitest'
import { toDccTrust } from '../../../service/credentials/dcc-trust.ts'
import { dcc } from '../../../service/credentials/formats/dcc.ts'
import { noTrust, type Trust } from '../../../service/credentials/trust.ts'
import { certificates } from '../../support/certificates.ts'
import { certificateOf, certified, makeSigner, type Signer, toHc1, trustIn } from '../../support/dcc.ts'

const now = new Date('2026-11-21T01:30:00Z')
const signer = makeSigner()
const other = makeSigner()
const rsa = makeSigner('PS256')

const read = (code: string, trust: Trust) => dcc.parse(code, { trust, now })
const trusting = (...entries: unknown[]): Trust => ({ ...noTrust, dcc: toDccTrust(entries).keys })
const kid = (of: Signer) => Buffer.from(of.kid).toString('base64url')
const headerOf = (...members: [number, unknown][]) => new Map(members)

describe('the signature of an EU certificate', () => {
  it.each([
    ['in what is signed', headerOf([1, -7], [4, signer.kid]), headerOf()],
    ['beside what is signed', headerOf([1, -7]), headerOf([4, signer.kid])],
    ['beside what is signed, with the algorithm', headerOf(), headerOf([1, -7], [4, signer.kid])],
    ['in what is signed, where both name one', headerOf([1, -7], [4, signer.kid]), headerOf([4, other.kid])],
  ])('is checked by the key that is named %s', (_where, header, unprotected) => {
    expect(read(signer.mint({ header, unprotected }), trustIn(signer, other)).check).toBe('good')
  })

  it.each([
    ['nobody', headerOf([1, -7]), headerOf()],
    ['a stranger, whoever stands beside', headerOf([1, -7], [4, other.kid]), headerOf([4, signer.kid])],
    ['a text, whoever stands beside', headerOf([1, -7], [4, kid(signer)]), headerOf([4, signer.kid])],
  ])('is of an unknown issuer when it names %s', (_whom, header, unprotected) => {
    expect(read(signer.mint({ header, unprotected }), trustIn(signer))).toEqual({
      kind: 'dcc',
      check: 'unknown-issuer',
    })
  })

  it('is tried with every key of that id', () => {
    const crowd = [other, rsa, signer].map(({ entry }) => ({ ...entry, kid: kid(signer) }))
    expect(read(signer.mint(), trusting(...crowd)).check).toBe('good')
    expect(read(signer.mint(), trusting(...crowd.slice(0, 2)))).toEqual({ kind: 'dcc', check: 'bad-signature' })
  })

  it.each([
    ['an algorithm that is not the key’s', [1, -37]],
    ['an algorithm of elsewhere', [1, -8]],
    ['an algorithm in letters', [1, 'ES256']],
    ['no algorithm', [2, -7]],
  ] as [string, [number, unknown]][])('is bad with %s', (_what, member) => {
    expect(read(signer.mint({ header: headerOf(member, [4, signer.kid]) }), trustIn(signer)).check).toBe(
      'bad-signature',
    )
  })

  it('is bad when any byte of the message was changed', () => {
    const message = signer.message()
    // The header names the key; behind it stand the payload and the signature.
    for (let at = message.indexOf(signer.kid) + signer.kid.length; at < message.length; at++) {
      const changed = Uint8Array.from(message)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(read(toHc1(changed), trustIn(signer)).check).not.toBe('good')
    }
  })

  it.each([0, 1, 63, 65, 256])('is bad in %d bytes', (length) => {
    const header = encode(headerOf([1, -7], [4, signer.kid]))
    const code = toHc1(encode([header, {}, new Uint8Array(), new Uint8Array(length)]))
    expect(read(code, trustIn(signer))).toEqual({ kind: 'dcc', check: 'bad-signature' })
  })
})

describe('the certificate of a signer', () => {
  it.each([
    ['vaccination', 'v', 'good'],
    ['vaccination', 't', 'wrong-key-usage'],
    ['vaccination', 'r', 'wrong-key-usage'],
    ['early', 'v', 'wrong-key-usage'],
    ['early', 't', 'good'],
    ['early', 'r', 'good'],
    ['any', 'v', 'good'],
    ['any', 't', 'good'],
    ['year2026', 'r', 'good'],
  ] as const)('says what it may sign: %s, %s: %s', (name, group, check) => {
    const signer = certified(name)
    expect(read(signer.mint({ dcc: certificateOf(group) }), trustIn(signer)).check).toBe(check)
  })

  it.each([
    ['as its key', (certificate: string) => ({ key: certificate })],
    ['as a chain', (certificate: string) => ({ x5c: [certificate, certificates.any.certificate] })],
    ['as a chain beside a bare key', (certificate: string) => ({ x5c: [certificate], key: signer.entry['key'] })],
  ])('counts where an entry holds it %s', (_how, entryOf) => {
    const limited = certified('vaccination')
    const entry = entryOf(certificates.vaccination.certificate)
    expect(read(limited.mint(), trusting(entry)).check).toBe('good')
    expect(read(limited.mint({ dcc: certificateOf('t') }), trusting(entry)).check).toBe('wrong-key-usage')
  })

  it.each(['base64', 'base64url'] as const)('may have its id in %s', (encoding) => {
    const limited = certified('vaccination')
    const entry = { ...limited.entry, kid: Buffer.from(limited.kid).toString(encoding) }
    expect(read(limited.mint(), trusting(entry)).check).toBe('good')
  })

  it('is one of eight at most that have one id', () => {
    const { keys, faults } = toDccTrust(Array.from({ length: 10 }, () => signer.entry))
    expect(keys.get(kid(signer))).toHaveLength(8)
    expect(faults).toEqual([8, 9].map((i) => `dcc.${i}.kid: expected at most 8 keys with one kid`))
  })

  it('has the id that the entry says, where it says one', () => {
    const limited = certified('vaccination')
    const named = { ...limited.entry, kid: kid(other) }
    expect(read(limited.mint(), trusting(named)).check).toBe('unknown-issuer')
    expect(read(limited.mint({ header: headerOf([1, -7], [4, other.kid]) }), trusting(named)).check).toBe('good')
  })
})

describe('an entry that cannot be used', () => {
  const jwk = signer.entry['key']
  it.each<[string, unknown, string]>([
    ['no object', 7, 'dcc.1: Invalid input: expected object, received number'],
    ['no key', { kid: 'AAAA' }, 'dcc.1: expected a certificate, or a JWK with its kid'],
    ['a JWK without an id', { key: jwk }, 'dcc.1: expected a certificate, or a JWK with its kid'],
    ['an id of another form', { kid: 'A*', key: jwk }, 'dcc.1.kid: expected base64url'],
    ['an empty id', { kid: '', key: jwk }, 'dcc.1.kid: expected base64url'],
    [
      'a key of another curve',
      { kid: 'AAAA', key: { kty: 'EC', crv: 'P-384', x: 'AA', y: 'AA' } },
      'dcc.1.key: expected a P-256',
    ],
    ['a key that is no base64', { key: '!' }, 'dcc.1.key: expected a certificate in base64 DER'],
    ['an empty chain', { x5c: [] }, 'dcc.1.x5c'],
    ['a chain of something else', { x5c: ['!'] }, 'dcc.1.x5c.0: expected a certificate in base64 DER'],
  ])('is left out and named: %s', (_what, entry, fault) => {
    const { keys, faults } = toDccTrust([signer.entry, entry, other.entry])
    expect([...keys.keys()]).toEqual([kid(signer), kid(other)])
    expect(faults).toEqual([expect.stringContaining(fault)])
  })

  it.each([
    ['a certificate that is none', { kid: kid(signer), key: 'AAAA' }],
    ['a point that is not on the curve', { kid: kid(signer), key: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' } }],
  ])('is as good as none: %s', (_what, entry) => {
    expect(toDccTrust([entry]).faults).toEqual([])
    expect(read(signer.mint(), trusting(entry)).check).toBe('unknown-issuer')
    expect(read(signer.mint(), trusting(entry, signer.entry)).check).toBe('good')
  })
})

it('a key is built when it is first asked for, and once', () => {
  const trusted = toDccTrust([signer.entry]).keys.get(kid(signer))?.[0]
  expect(trusted?.()).not.toBeNull()
  expect(trusted?.()?.key).toBe(trusted?.()?.key)
})
