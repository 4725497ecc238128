import { encode } from 'cborg'
import { describe, expect, it } from 'vitest'
import { readCredential } from '../../../service/credentials/index.ts'
import { type Claims, type Flaws, makeIssuer } from '../../support/issuer.ts'
import { trusting } from '../../support/trust.ts'

const now = new Date('2026-11-21T01:30:00Z')
const seconds = Math.floor(now.getTime() / 1000)
const issuer = makeIssuer()
const cti = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7)
const claims: Claims = { iss: 'TEST', iat: seconds, exp: seconds + 600, cti }

const read = (code: string) => readCredential(Buffer.from(code), trusting([issuer.entry], now))

describe('a signed code', () => {
  it.each<[string, Flaws]>([
    [
      'another algorithm',
      {
        header: new Map<number, unknown>([
          [1, -7],
          [4, issuer.kid],
        ]),
      },
    ],
    [
      'an algorithm in letters',
      {
        header: new Map<number, unknown>([
          [1, 'EdDSA'],
          [4, issuer.kid],
        ]),
      },
    ],
    ['no algorithm', { header: new Map([[4, issuer.kid]]) }],
    ['no key id', { header: new Map([[1, -8]]) }],
    [
      'a key id in letters',
      {
        header: new Map<number, unknown>([
          [1, -8],
          [4, issuer.entry.kid],
        ]),
      },
    ],
    [
      'a longer key id',
      {
        header: new Map<number, unknown>([
          [1, -8],
          [4, new Uint8Array(9)],
        ]),
      },
    ],
    [
      'one header more',
      {
        header: new Map<number, unknown>([
          [1, -8],
          [4, issuer.kid],
          [3, 0],
        ]),
      },
    ],
    ['unprotected headers', { unprotected: new Map([[4, issuer.kid]]) }],
    ['no tag', { tag: null }],
    ['the tag of another structure', { tag: 17 }],
    ['a byte behind it', { trailing: Uint8Array.of(0) }],
    ['a second message behind it', { trailing: encode([1]) }],
  ])('is malformed with %s', (_what, flaws) => {
    expect(read(issuer.mint(claims, flaws))).toEqual({ kind: 'signed', check: 'malformed' })
  })

  it.each<[string, Claims]>([
    ['no expiry', { iss: 'TEST', iat: seconds, cti }],
    ['no time of issue', { iss: 'TEST', exp: seconds, cti }],
    ['no id', { iss: 'TEST', iat: seconds, exp: seconds }],
    ['a short id', { ...claims, cti: new Uint8Array(7) }],
    ['a time with a fraction', { ...claims, exp: seconds + 0.5 }],
    ['a time beyond all numbers', { ...claims, exp: Number.POSITIVE_INFINITY }],
    ['the name of another issuer', { ...claims, iss: 'OTHER' }],
    ['a name of the issuer that is too long', { ...claims, iss: 'TEST-TEST' }],
    ['a name that is no text', { ...claims, identity: new Map([[4, 7]]) }],
    ['a birth date of another form', { ...claims, identity: new Map([[8, '1990-01-15']]) }],
  ])('is malformed with %s', (_what, wrong) => {
    expect(read(issuer.mint(wrong))).toEqual({ kind: 'signed', check: 'malformed' })
  })

  /** The claims in CBOR, member by member, between what opens and closes their map. */
  function payload(open: number, members: [number[], unknown][], close: number[] = []): Uint8Array {
    return Buffer.concat([
      Uint8Array.of(open),
      ...members.flatMap(([key, value]) => [Uint8Array.from(key), encode(value)]),
      Uint8Array.from(close),
    ])
  }
  const required: [number[], unknown][] = [
    [[4], seconds + 600],
    [[6], seconds],
    [[7], cti],
  ]

  const nested = (depth: number) => new Array<number>(depth).fill(0x81)

  it('is read with a claim that it does not know, of any depth up to 32', () => {
    expect(read(issuer.mintRaw(payload(0xa4, [...required, [[8, ...nested(31)], 1]])))).toMatchObject({ check: 'good' })
  })

  it('is read from claims written by hand', () => {
    expect(read(issuer.mintRaw(payload(0xa3, required)))).toMatchObject({ check: 'good', masked: {} })
  })

  it.each([
    ['no map', encode([1, 2])],
    ['no CBOR', Uint8Array.of(0xff)],
    ['nothing', new Uint8Array()],
    ['a key twice', payload(0xa4, [...required, [[4], seconds + 900]])],
    ['a byte behind the claims', payload(0xa3, required, [0])],
    ['an open end', payload(0xbf, required, [0xff])],
    ['a number in a longer form', payload(0xa4, [...required, [[0x18, 0x01], 'TEST']])],
    ['its keys in another order', payload(0xa4, [...required, [[1], 'TEST']])],
    ['a tag', payload(0xa4, [...required, [[8, 0xc0], 'TEST']])],
    ['an item 33 deep', payload(0xa4, [...required, [[8, ...nested(32)], 1]])],
    ['an identity that is no map', payload(0xa4, [...required, [[0x18, 0xa9], 'Mẫu']])],
  ])('is malformed when its payload holds %s', (_what, bytes) => {
    expect(read(issuer.mintRaw(bytes))).toEqual({ kind: 'signed', check: 'malformed' })
  })

  it('is malformed beyond 600 characters', () => {
    const long = new Map([[4, 'A'.repeat(190)]])
    const code = issuer.mint({ ...claims, identity: long })
    expect(read(code).check).toBe('good')
    const longer = issuer.mint({ ...claims, identity: new Map<number, unknown>([...long, [10, 'A'.repeat(200)]]) })
    expect(longer.length).toBeGreaterThan(600)
    expect(read(longer)).toEqual({ kind: 'signed', check: 'malformed' })
  })
})
