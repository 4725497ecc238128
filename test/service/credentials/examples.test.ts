import { describe, expect, it } from 'vitest'
import type { Credential } from '../../../service/credentials/credential.ts'
import { readCredential } from '../../../service/credentials/index.ts'
import { faultOf, isVerified } from '../../../service/rules/fault.ts'
import { codes, transported } from '../../support/codes.ts'
import { exampleIssuer, signedAt } from '../../support/examples.ts'
import { trusting } from '../../support/trust.ts'

const now = new Date(signedAt.getTime() + 3_600_000)
const nothingRevoked = { cti: new Set<string>(), kid: new Set<string>() }
const read = (text: string) => readCredential(Buffer.from(text), trusting([exampleIssuer], now))
const reason = (credential: Credential) => faultOf(credential, nothingRevoked, now.getTime())
const verified = (credential: Credential) => isVerified(credential, nothingRevoked, now.getTime())

const [[card = ''], [payment = ''], [genuine = ''], [place = ''], [, chunk = '']] = [
  codes.cccd,
  codes.emv,
  codes.signed,
  codes.venue,
  codes.shc,
]

/** The codes of a person, which pass; all others are named and refused. */
const personal = new Set(['cccd', 'pccovid', 'bhyt', 'kbyt'])
const reasons: Readonly<Record<string, readonly string[]>> = {
  shc: ['unknown-issuer', 'multi-part', 'unknown-issuer'],
  vdsnc: ['unknown-issuer', 'unknown-issuer', 'unknown-issuer'],
  signed: ['', '', 'expired'],
}
const reasonOfKind: Readonly<Record<string, string>> = {
  barenum: 'number-only',
  json: 'unknown',
  uuid: 'unknown',
  unknown: 'unknown',
}
const examples = Object.entries(codes).flatMap(([kind, texts]) =>
  texts.map((text, i) => {
    const expected = reasons[kind]?.[i] ?? reasonOfKind[kind] ?? (personal.has(kind) ? '' : 'not-personal')
    return { kind, text, expected }
  }),
)

describe('a code as it is publicly described', () => {
  it.each(examples)('is $kind, with the reason "$expected": $text', ({ kind, text, expected }) => {
    const credential = read(text)
    expect([credential.kind, reason(credential)]).toEqual([kind, expected])
    expect(verified(credential)).toBe(kind === 'signed' && expected === '')
  })

  it.each(transported)('is a good citizen card, however a reader sends it: %j', (text) => {
    expect(read(text)).toMatchObject({
      kind: 'cccd',
      check: 'good',
      masked: { address: expect.stringMatching(/^\*\*\*, /) },
    })
  })

  it.each([
    ['a citizen card with a number of eleven digits', card.slice(1), 'unknown', 'unknown'],
    ['a birth date that is none', card.replace('15011990', '99999999'), 'cccd', 'malformed'],
    ['the sex of another number', card.replace('Nam', 'Nữ'), 'cccd', 'check-by-hand'],
    ['five fields', card.split('|').slice(0, 5).join('|'), 'unknown', 'unknown'],
    ['a payment code with a wrong checksum', `${payment.slice(0, -4)}0000`, 'emv', 'damaged'],
    ['an EU certificate of a later version', 'HC2:6BFOXN', 'dcc', 'unsupported'],
    ['a signed code in another script', `VNG1:${'Я'.repeat(60)}`, 'signed', 'malformed'],
    ['a signed code changed behind its 60th character', changed(genuine), 'signed', 'bad-signature'],
    ['a place that names a declaration', place, 'venue', 'not-personal'],
    ['a chunk of a health card', chunk, 'shc', 'multi-part'],
  ])('fails for its own reason: %s', (_what, text, kind, expected) => {
    const credential = read(text)
    expect([credential.kind, reason(credential)]).toEqual([kind, expected])
  })

  it('is a barcode of goods by what the reader says of it, whatever its digits look like', () => {
    for (const text of [']E0001090000001', ']E4GD4010000000001']) {
      expect(read(text)).toEqual({ kind: 'product', check: 'not-personal' })
    }
  })
})

/** One character of the payload, to another of the alphabet. */
function changed(code: string): string {
  return `${code.slice(0, 100)}${code[100] === 'A' ? 'B' : 'A'}${code.slice(101)}`
}
