import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SerialReader } from '../../../contract/settings.ts'
import { toText } from '../../../service/credentials/text.ts'
import { cccdExamples } from '../../support/examples.ts'

const card = cccdExamples.card2021
const textOf = (message: string | Uint8Array, ...rest: [Parameters<typeof toText>[1]?]) =>
  toText(Buffer.from(message), ...rest)?.text

describe('what stands around a code', () => {
  const noise = ['\r', '\n', '\t', '\0', '\u0002', '\u0003', '\uFEFF', 'ï»¿', 'Ã¯Â»Â¿']
  const anyNoise = fc.array(fc.constantFrom(...noise), { maxLength: 6 }).map((pieces) => pieces.join(''))

  it('is taken off in any mix, and the identifier of the symbology is kept', () => {
    const anyIdentifier = fc.constantFrom('', ']Q1', ']Q3', ']d2', ']C0', ']E0')
    fc.assert(
      fc.property(anyNoise, anyIdentifier, anyNoise, anyNoise, (first, identifier, second, after) => {
        expect(toText(Buffer.from(`${first}${identifier}${second}${card}${after}`))).toEqual({
          text: card,
          symbology: identifier === '' ? null : identifier.slice(1),
        })
      }),
    )
  })

  it('is not taken off twice: a code that begins like an identifier is another code', () => {
    expect(toText(Buffer.from(']Q1]Q1A'))).toEqual({ text: ']Q1A', symbology: 'Q1' })
  })

  it('is all there is of an empty message', () => {
    expect(textOf('\u0002\uFEFF]Q1\r\n\u0003\uFEFF')).toBe('')
  })

  it.each(['\u001D01\u001D', ' A ', 'A\r\nB\0\tC', '\u00A0A\u00A0'])('does not include data: %j', (data) => {
    expect(textOf(`\u0002${data}\r`)).toBe(data)
  })

  it.each([
    ['<<A>>', 'A'],
    ['\u0002<<]Q1A>>\u0003\r', 'A'],
    ['<<\uFEFF]Q1A\0>>', 'A'],
    ['<<A', 'A'],
    ['A>>', 'A'],
    ['<<<<A>>>>', '<<A>>'],
    ['<A>', '<A>'],
    ['<<>>', ''],
    ['<<ế>>\r', 'ế'],
  ])('includes a prefix and a suffix that the reader was given: %j', (message, text) => {
    expect(textOf(message, { prefix: '<<', suffix: '>>' })).toBe(text)
  })
})

describe('a reader that names the encoding', () => {
  it.each(['2', '4', '6'])('has its escapes taken out and its backslashes made single: ]Q%s', (modifier) => {
    const escaped = `]Q${modifier}\\000026Mẫu\\\\000026\\000899\\\\\\\\`
    expect(toText(Buffer.from(escaped))).toEqual({ text: 'Mẫu\\000026\\\\', symbology: `Q${modifier}` })
  })

  it.each(['', ']Q0', ']Q1', ']Q3', ']Q5', ']d2'])('is none with %j: backslashes are data', (identifier) => {
    expect(textOf(`${identifier}\\000026\\\\`)).toBe('\\000026\\\\')
  })
})

describe('the encoding', () => {
  it('is the code page of the reader for what is not UTF-8, Windows-1258 where none is set', () => {
    const hello = Uint8Array.of(0xc4, 0xe3, 0xba, 0xc3)
    expect(textOf(hello, { codePage: 'gb18030' })).toBe('你好')
    expect(textOf(Uint8Array.of(0x93, 0xfa), { codePage: 'shift_jis' })).toBe('日')
    expect(textOf(Uint8Array.of(0xfe), { codePage: 'windows-1252' })).toBe('þ')
    expect(textOf(Uint8Array.of(0xfe))).toBe('₫')
    expect(textOf('你好', { codePage: 'gb18030' })).toBe('你好')
  })

  it.each(['windows-1258', 'windows-1252', 'shift_jis', 'big5', 'gb18030', 'euc-kr'])('may be %s', (codePage) => {
    const reader = SerialReader.parse({ id: 'r', driver: 'serial', path: '*', codePage })
    expect(textOf(Buffer.from('A\xff', 'latin1'), reader)).toMatch(/^A./)
  })

  it('is composed, and no character becomes ASCII by that', () => {
    expect(textOf('Mẫu'.normalize('NFD'))).toBe('Mẫu')
    const characters = Array.from({ length: 0x10ffff - 0x7f }, (_, i) => String.fromCodePoint(0x80 + i))
    expect(characters.filter((character) => /^[\0-\x7F]/.test(textOf(character) ?? ''))).toEqual([])
  })

  it('is not composed where more marks follow a letter than in any text', () => {
    const marks = '\u0301\u0323'.repeat(1000)
    expect(textOf(`a${marks}`)).toBe(`a${marks}`)
  })
})

describe('a message', () => {
  it('is none beyond the length of any code, in bytes or characters', () => {
    expect(textOf('A'.repeat(4296))).toHaveLength(4296)
    expect(toText(Buffer.from('A'.repeat(4297)))).toBeNull()
    expect(textOf(`A${'\0'.repeat(8191)}`)).toBe('A')
    expect(toText(Buffer.from(`A${'\0'.repeat(8192)}`))).toBeNull()
  })

  it('gives a text whatever its bytes and the reader', () => {
    const anyReader = fc.record(
      {
        prefix: fc.constantFrom('<', ' '),
        suffix: fc.constantFrom('>', '~~'),
        codePage: fc.constantFrom('windows-1252' as const, 'shift_jis' as const, 'big5' as const, 'gb18030' as const),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1400 }), anyReader, (bytes, reader) => {
        expect(textOf(bytes, reader)).toEqual(expect.any(String))
      }),
      { numRuns: 500 },
    )
  })
})
