import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCredential } from '../../../service/credentials/index.ts'
import { cccdExamples, exampleIssuer, signedAt, signedExamples } from '../../support/examples.ts'
import { anyCard, toCccd } from '../../support/people.ts'

const trust = { issuers: [exampleIssuer], now: signedAt }
const key = new Uint8Array(32)

/** The credential as far as it can be compared. */
function read(bytes: Uint8Array) {
  const credential = readCredential(bytes, trust)
  if (!('person' in credential)) return credential
  const { person, ...rest } = credential
  return { ...rest, subject: person.subject(key), data: person.reveal() }
}

const toneMarks = '\u0300\u0301\u0303\u0309\u0323'
const windows1258 = new Map(
  Array.from({ length: 256 }, (_, byte) => [new TextDecoder('windows-1258').decode(Uint8Array.of(byte)), byte]),
)

/** Windows-1258 as Windows writes Vietnamese: the letter with its hat or horn, then the tone. */
function toWindows1258(text: string): Uint8Array {
  const bytes: number[] = []
  for (const character of text.normalize('NFC')) {
    const parts = [...character.normalize('NFD')]
    const letter = parts
      .filter((part) => !toneMarks.includes(part))
      .join('')
      .normalize('NFC')
    for (const part of [letter, ...parts.filter((part) => toneMarks.includes(part))]) {
      bytes.push(windows1258.get(part) ?? 0x3f)
    }
  }
  return Uint8Array.from(bytes)
}

const codes = [...Object.values(cccdExamples), ...Object.values(signedExamples)]

describe('what readers put around a code', () => {
  const before = ['', ']Q1', '\uFEFF', '\u0002', '\0\0', '\u0002\uFEFF', '\uFEFF]Q1', ']Q3\uFEFF', '\u0002]d2\0', ']C0']
  const after = ['', '\r', '\n', '\r\n', '\t', '\u0003', '\u0003\t', '\0\0\0', '\u0003\r\n\0']

  it.each(codes)('does not change what the code is', (code) => {
    const plain = read(Buffer.from(code))
    expect(plain).toMatchObject({ check: 'good' })
    for (const lead of before) {
      for (const trail of after) expect(read(Buffer.from(`${lead}${code}${trail}`))).toEqual(plain)
    }
  })

  it('is not taken off twice: a code that begins like an identifier is another code', () => {
    expect(read(Buffer.from(`]Q1]Q1${cccdExamples.card2021}`)).check).toBe('unknown')
  })

  it.each(['2', '4', '6'])('is taken off with its escapes where the reader names the encoding: ]Q%s', (modifier) => {
    const plain = read(Buffer.from(cccdExamples.noFormer))
    expect(read(Buffer.from(`]Q${modifier}\\000026${cccdExamples.noFormer}\r`))).toEqual(plain)
    const slashed = cccdExamples.noFormer.replace('2/3 đường', '2\\3 đường')
    const doubled = `]Q${modifier}\\000026${slashed.replaceAll('\\', '\\\\')}`
    expect(read(Buffer.from(doubled))).toEqual(read(Buffer.from(slashed)))
  })
})

describe('the encoding of a code', () => {
  it('makes no difference: NFC, NFD and Windows-1258 give the same person', () => {
    fc.assert(
      fc.property(anyCard, (card) => {
        const text = toCccd(card)
        const plain = read(Buffer.from(text.normalize('NFC')))
        expect(plain).toMatchObject({ kind: 'cccd', check: 'good' })
        expect(read(Buffer.from(text.normalize('NFD')))).toEqual(plain)
        expect(read(toWindows1258(text))).toEqual(plain)
      }),
    )
  })

  it('is found for every example', () => {
    for (const code of codes) expect(read(toWindows1258(code))).toEqual(read(Buffer.from(code)))
  })
})

describe('reading a credential', () => {
  const checks = ['good', 'check-by-hand', 'bad-signature', 'unknown-issuer', 'malformed', 'unknown']
  const prefixes = [
    '',
    'VNG1:',
    'vng1:',
    '001090000001|',
    ']Q2\\000026',
    '\uFEFF',
    '\u0002',
    signedExamples.named.slice(0, 60),
  ]

  it('gives a value for any bytes at all', () => {
    fc.assert(
      fc.property(fc.constantFrom(...prefixes), fc.uint8Array({ maxLength: 9000 }), (prefix, bytes) => {
        expect(checks).toContain(read(Buffer.concat([Buffer.from(prefix), bytes])).check)
      }),
      { numRuns: 500 },
    )
  })

  it('gives a value for any text in the shape of a card', () => {
    const anyField = fc.oneof(
      fc.constantFrom('', '001090000001', '15011990', '00000000', 'Nam', '1990', '٠٠١٠٩٠٠٠٠٠٠١', '\u200B', '\uD800'),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
    )
    fc.assert(
      fc.property(fc.array(anyField, { minLength: 4, maxLength: 14 }), (fields) => {
        expect(checks).toContain(read(Buffer.from(`001090000001|${fields.join('|')}`)).check)
      }),
      { numRuns: 2000 },
    )
  })

  it('gives a value for any Base45 behind the prefix', () => {
    const alphabet = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:']
    const anyBase45 = fc.array(fc.constantFrom(...alphabet), { maxLength: 700 })
    fc.assert(
      fc.property(anyBase45, (text) => {
        expect(read(Buffer.from(`VNG1:${text.join('')}`))).toEqual({ kind: 'signed', check: 'malformed' })
      }),
      { numRuns: 1000 },
    )
  })
})
