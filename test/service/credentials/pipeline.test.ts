import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCredential } from '../../../service/credentials/index.ts'
import { misread, misreadings, throughStrict1252, toWindows1258 } from '../../support/encodings.ts'
import { cccdExamples, exampleIssuer, signedAt, signedExamples } from '../../support/examples.ts'
import { anyCard, type Card, toCccd } from '../../support/people.ts'
import { trusting } from '../../support/trust.ts'

const reading = trusting([exampleIssuer], signedAt)
const key = new Uint8Array(32)

/** The credential as far as it can be compared. */
function read(message: string | Uint8Array) {
  const credential = readCredential(Buffer.from(message), reading)
  if (!('person' in credential)) return credential
  const { person, ...rest } = credential
  return { ...rest, subjects: person.subjects(key), data: person.reveal() }
}

const codes = [...Object.values(cccdExamples), ...Object.values(signedExamples)]

describe('a code', () => {
  it('is the same whatever a reader puts around it', () => {
    const anyNoise = fc.array(fc.constantFrom('\r', '\n', '\t', '\0', '\u0002', '\u0003', '\uFEFF'), { maxLength: 5 })
    const anyIdentifier = fc.constantFrom('', ']Q1', ']d2', ']z0')
    fc.assert(
      fc.property(fc.constantFrom(...codes), anyNoise, anyIdentifier, anyNoise, (code, before, identifier, after) => {
        const plain = read(code)
        expect(plain).toMatchObject({ check: 'good' })
        expect(read([...before, identifier, code, ...after].join(''))).toEqual(plain)
      }),
    )
  })

  it('is the same person in UTF-8, composed or not, in Windows-1258, and misread once or twice', () => {
    fc.assert(
      fc.property(anyCard, fc.constantFrom(...misreadings), fc.constantFrom(...misreadings), (card, first, second) => {
        const code = toCccd(card)
        const plain = read(code)
        expect(plain).toMatchObject({ kind: 'cccd', data: { document: card.document, name: card.name } })
        expect(read(code.normalize('NFD'))).toEqual(plain)
        expect(read(toWindows1258(code))).toEqual(plain)
        expect(read(misread(code, first))).toEqual(plain)
        expect(read(misread(code.normalize('NFD'), first))).toEqual(plain)
        expect(read(misread(misread(code, first), second))).toEqual(plain)
      }),
    )
  })

  it('is the same person through readers of every sort that were met', () => {
    const person = (document: string, name: string) => ({ kind: 'cccd', check: 'good', data: { document, name } })
    expect(
      read(']Q1001090000001|010000001|Nguyễn Văn Mẫu|15011990|Nam|Số 1 phố Mẫu, Hà Nội|01072021\r\n'),
    ).toMatchObject(person('001090000001', 'Nguyễn Văn Mẫu'))
    expect(
      read('\u0002\uFEFF048090000003|200000003|Lê Thử Nghiệm|02091990|Nam|Tổ 4, Đà Nẵng|04102024||||\u0003\t'),
    ).toMatchObject(person('048090000003', 'Lê Thử Nghiệm'))
    expect(
      read(']Q2\\000026079185000002||Trần Thị Ví Dụ|20111985|Nữ|Quận 3, TP. Hồ Chí Minh|10082022\r'),
    ).toMatchObject(person('079185000002', 'Trần Thị Ví Dụ'))
    expect(
      read('001090000001|010000001|Nguyá»…n VÄƒn Máº«u|15011990|Nam|Sá»‘ 1 phá»‘ Máº«u, HÃ\u00A0 Ná»™i|01072021'),
    ).toEqual(read('001090000001|010000001|Nguyễn Văn Mẫu|15011990|Nam|Số 1 phố Mẫu, Hà Nội|01072021'))
  })

  it('keeps a letter whose last byte looks like a space at the end of a field', () => {
    for (const codePage of misreadings) {
      const code = cccdExamples.card2021.replace('Nguyễn Văn Mẫu', 'Nguyễn Thị Hà')
      expect(read(misread(code, codePage))).toMatchObject({ check: 'good', data: { name: 'Nguyễn Thị Hà' } })
    }
  })
})

describe('a card whose name was damaged', () => {
  const expectAllButTheName = (message: string | Uint8Array, card: Card) => {
    const { document, address } = card
    const birthDate = card.born.replace(/(..)(..)(....)/, '$3-$2-$1')
    const damaged = read(message)
    expect(damaged).toMatchObject({ kind: 'cccd', check: 'check-by-hand', data: { document, address, birthDate } })
    expect(damaged).not.toHaveProperty('data.name')
  }

  it('keeps the rest when a driver dropped the bytes that Windows-1252 leaves undefined', () => {
    const anyLost = fc.constantFrom('Đề', 'Tỏ', 'Đỗ Á', 'Ý', 'Thọ', 'Cờ', 'Í Ố')
    fc.assert(
      fc.property(anyCard, anyLost, (any, lost) => {
        const card = { ...any, name: `${any.name} ${lost}`, address: 'Tổ 4, Hà Nội' }
        const bytes = throughStrict1252(toCccd(card))
        expectAllButTheName(bytes, card)
        expectAllButTheName(bytes.toString('latin1'), card)
      }),
    )
  })

  it('keeps the rest when it was cut in the middle of a letter, or one byte of it was garbled', () => {
    fc.assert(
      fc.property(anyCard, fc.constantFrom('ễ', 'ạ', 'à', 'Đ', 'ơ'), fc.nat(2), (any, letter, at) => {
        const card = { ...any, name: `${any.name} B${letter}`, address: 'Tổ 4, Đà Nẵng' }
        const bytes = Buffer.from(toCccd(card))
        const start = bytes.indexOf(`B${letter}|`) + 1
        const length = Buffer.byteLength(letter)
        const cut = Math.max(1, at % length)
        expectAllButTheName(Buffer.concat([bytes.subarray(0, start + cut), bytes.subarray(start + length)]), card)
        bytes[start + (at % length)] = 0x07
        expectAllButTheName(bytes, card)
      }),
    )
  })
})

describe('reading a credential', () => {
  const prefixes = ['', 'VNG1:', '001090000001|', ']Q2\\000026', '\uFEFF', '\u0002', 'BEGIN:', '000201', 'HC1:', '{"']

  it('gives a value for any bytes at all', () => {
    fc.assert(
      fc.property(fc.constantFrom(...prefixes), fc.uint8Array({ maxLength: 9000 }), (prefix, bytes) => {
        expect(read(Buffer.concat([Buffer.from(prefix), bytes]))).toHaveProperty('check')
      }),
      { numRuns: 500 },
    )
  })

  it('knows nothing of a message longer than any code', () => {
    expect(read(`${cccdExamples.card2021}${'\0'.repeat(8192)}`)).toEqual({ kind: 'unknown', check: 'unknown' })
  })

  it('gives a value for any text in the shape of a card', () => {
    const anyField = fc.oneof(
      fc.constantFrom('', '001090000001', '15011990', '00000000', 'Nam', '1990', '٠٠١٠٩٠٠٠٠٠٠١', '\u200B', '\uD800'),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
    )
    fc.assert(
      fc.property(fc.array(anyField, { minLength: 4, maxLength: 14 }), (fields) => {
        expect(read(`001090000001|${fields.join('|')}`)).toHaveProperty('check')
      }),
      { numRuns: 2000 },
    )
  })

  it('gives a value for any Base45 behind the prefix', () => {
    const alphabet = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:']
    const anyBase45 = fc.array(fc.constantFrom(...alphabet), { maxLength: 700 })
    fc.assert(
      fc.property(anyBase45, (text) => {
        expect(read(`VNG1:${text.join('')}`)).toEqual({ kind: 'signed', check: 'malformed' })
      }),
      { numRuns: 1000 },
    )
  })
})
