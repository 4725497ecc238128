import { deflateSync } from 'node:zlib'
import { encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dcc } from '../../../service/credentials/formats/dcc.ts'
import { certificateOf, groups, makeSigner, nam, type Parts, toHc1, trustIn } from '../../support/dcc.ts'
import { encodeBase45 } from '../../support/issuer.ts'

const now = new Date('2026-11-21T01:30:00Z')
const signer = makeSigner()
const trust = trustIn(signer)
const read = (code: string) => dcc.parse(code, { trust, now })
const malformed = { kind: 'dcc', check: 'malformed' }

describe('an EU certificate is malformed', () => {
  const code = signer.mint()
  const bytes = deflateSync(signer.message())
  const empty = new Uint8Array()
  const long = (length: number) => ({ ...certificateOf('v'), meta: 'A'.repeat(length) })
  const nested = (depth: number) => Buffer.concat([new Uint8Array(depth).fill(0x81), Uint8Array.of(1)])

  it.each([
    ['empty', 'HC1:'],
    ['not Base45', `${code.slice(0, -1)}_`],
    ['of a length that Base45 never has', 'HC1:AAAA'],
    ['not compressed', `HC1:${encodeBase45(signer.message())}`],
    ['cut short', `HC1:${encodeBase45(bytes.subarray(0, -1))}`],
    ['damaged in its compression', `HC1:${encodeBase45(Buffer.concat([bytes.subarray(0, 9), bytes.subarray(10)]))}`],
    ['larger than 64 KiB', signer.mint({ dcc: long(66_000) })],
    ['empty once inflated', toHc1(empty)],
    ['not CBOR', toHc1(Uint8Array.of(0xff, 0xff))],
    ['followed by a byte', toHc1(Buffer.concat([signer.message(), Uint8Array.of(0)]))],
    ['of another structure', toHc1(signer.message({ tags: [0xd1] }))],
    ['no list', toHc1(encode({ a: 1 }))],
    ['a list of three', toHc1(encode([empty, {}, empty]))],
    ['signed by a text', toHc1(encode([empty, {}, empty, 'signature']))],
    ['headed by a list', toHc1(encode([encode([1]), {}, empty, empty]))],
    ['nested without end', toHc1(nested(60_000))],
    ['of thousands of items', toHc1(encode([empty, new Array(60_000).fill(0), empty, empty]))],
  ])('when it is %s', (_what, wrong) => {
    expect(read(wrong)).toEqual(malformed)
  })

  it('never for its length up to there', () => {
    expect(read(signer.mint({ dcc: long(64_000) })).check).toBe('good')
  })

  const unwritten: Parts[] = [{ iat: undefined }, { exp: undefined }, { iat: '1' }, { exp: null }, { exp: Infinity }]
  it.each(unwritten)('when its times are %o', (times) => {
    expect(read(signer.mint(times))).toEqual(malformed)
  })

  it.each([
    ['is no map', encode([1])],
    ['is no CBOR', Uint8Array.of(0xa1)],
    ['has a key twice', Uint8Array.of(0xa2, 4, 1, 4, 2)],
    ['has no certificate', Uint8Array.of(0xa2, 4, 1, 6, 1)],
    ['has a certificate that is no map', Uint8Array.of(0xa3, 4, 1, 6, 1, 0x39, 0x01, 0x03, 1)],
  ])('when its payload %s', (_what, payload) => {
    expect(read(signer.mint({ payload }))).toEqual(malformed)
  })

  const { v, t, r } = groups
  const vaccination = (change: object) => ({ v: [{ ...v, ...change }] })
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', [1]],
    ['no vaccination, test or recovery', { v: undefined }],
    ['an empty group', { v: [] }],
    ['two vaccinations', { v: [v, v] }],
    ['a vaccination and a test', { t: [t] }],
    ['all three', { t: [t], r: [r] }],
    ['no version', { ver: 1 }],
    ['no name', { nam: {} }],
    ['a name for machines in small letters', { nam: { ...nam, fnt: 'Nguyen' } }],
    ['a name of 81 letters', { nam: { ...nam, fn: 'A'.repeat(81) } }],
    ['a name that is a number', { nam: { ...nam, gn: 7 } }],
    ['a birth date of another form', { dob: '15/01/1990' }],
    ['a birth date of long ago', { dob: '1890-01-15' }],
    ['dose 0', vaccination({ dn: 0 })],
    ['half a dose', vaccination({ sd: 1.5 })],
    ['a day that is none', vaccination({ dt: 'today' })],
    ['a certificate without an id', vaccination({ ci: undefined })],
    ['an empty id', vaccination({ ci: '' })],
    ['an id of 81 characters', vaccination({ ci: 'A'.repeat(81) })],
  ])('when it holds %s', (_what, change) => {
    const plain = typeof change === 'object' && !Array.isArray(change)
    const content = plain ? { ...certificateOf('v'), ...change } : change
    const written = JSON.parse(JSON.stringify({ content }))
    expect(read(signer.mint({ dcc: written.content ?? null }))).toEqual(malformed)
  })
})

it('an EU certificate never throws, whatever it is made of', () => {
  const anyBytes = fc.uint8Array({ maxLength: 200 })
  const anyMessage = fc.oneof(
    anyBytes.map((payload) => signer.mint({ payload })),
    fc.anything().map((value) => signer.mint({ dcc: JSON.parse(JSON.stringify(value) ?? 'null') })),
    anyBytes.map(toHc1),
    anyBytes.map((bytes) => `HC1:${encodeBase45(bytes)}`),
    fc.string({ unit: 'binary' }).map((text) => `HC1:${text}`),
    fc.tuple(anyBytes, anyBytes).map(([header, signature]) => toHc1(encode([header, {}, header, signature]))),
  )
  fc.assert(
    fc.property(anyMessage, (code) => {
      expect(read(code)).toMatchObject({ kind: 'dcc', check: expect.stringMatching(/^(malformed|unknown-issuer)$/) })
    }),
    { numRuns: 1000 },
  )
})
