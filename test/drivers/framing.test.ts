import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Framed, Framer, maxMessageBytes } from '../../drivers/readers/framing.ts'
import { anySizes, pushInPieces, texts } from './pieces.ts'

const terminators = ['\r', '\n', '\r\n', '\t']

const anyMessage = fc
  .uint8Array({ minLength: 1, maxLength: 200 })
  .map((bytes) => bytes.filter((byte) => ![0x0d, 0x0a, 0x09].includes(byte)))
  .filter((bytes) => bytes.length > 0)

const anyStream = fc.array(fc.tuple(anyMessage, fc.constantFrom(...terminators)), { maxLength: 20 })

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('the framer', () => {
  it('gives out exactly the messages, whatever ends them and however the packets are cut', () => {
    fc.assert(
      fc.property(anyStream, anySizes, (stream, sizes) => {
        const framer = new Framer()
        const bytes = Buffer.concat(stream.flatMap(([message, end]) => [message, Buffer.from(end)]))
        expect(texts(pushInPieces(framer, bytes, sizes))).toEqual(stream.map(([message]) => latin1(message)))
        expect(framer.begun).toBe(false)
        expect(framer.silence()).toEqual([])
      }),
    )
  })

  it('ends a message at silence, and not before', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 10 }), anySizes, (messages, sizes) => {
        const framer = new Framer()
        for (const message of messages) {
          expect(pushInPieces(framer, message, sizes)).toEqual([])
          expect(framer.begun).toBe(true)
          expect(texts(framer.silence())).toEqual([latin1(message)])
          expect(framer.begun).toBe(false)
        }
      }),
    )
  })

  it('keeps its messages whole when the caller uses its buffer again', () => {
    const framer = new Framer()
    const buffer = Buffer.from('first')
    framer.push(buffer)
    buffer.write('XXXXX')
    expect(texts(framer.push(Buffer.from('\r')))).toEqual(['first'])
  })

  it('drops empty messages', () => {
    const framer = new Framer()
    expect(framer.push(Buffer.from('\r\n\t\n\n\r'))).toEqual([])
    expect(framer.silence()).toEqual([])
  })

  it('takes a message of the greatest length and reports one byte more', () => {
    const framer = new Framer()
    const longest = Buffer.alloc(maxMessageBytes, 'A')
    expect(texts(framer.push(Buffer.concat([longest, Buffer.from('\r')])))).toEqual([longest.toString()])
    expect(texts(framer.push(Buffer.concat([longest, Buffer.from('A\r')])))).toEqual(['OVERLONG'])
  })

  it('reports an overlong message once, swallows it to its end, and takes the next one whole', () => {
    const ends = fc.constantFrom(...terminators, 'silence')
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), anyMessage, ends, anySizes, (over, next, end, sizes) => {
        const framer = new Framer()
        const pieces = sizes.map((size) => size * 40)
        const long = Buffer.alloc(maxMessageBytes + over, 'A')
        expect(texts(pushInPieces(framer, long, pieces))).toEqual(['OVERLONG'])
        expect(framer.begun).toBe(true)
        expect(end === 'silence' ? framer.silence() : framer.push(Buffer.from(end))).toEqual([])
        expect(framer.begun).toBe(false)
        framer.push(next)
        expect(texts(framer.silence())).toEqual([latin1(next)])
      }),
      { numRuns: 30 },
    )
  })

  it('holds on to nothing of a stream that never ends', () => {
    const framer = new Framer()
    const reports: Framed[] = []
    for (let i = 0; i < 20_000; i++) reports.push(...framer.push(Buffer.alloc(512, 'A')))
    expect(reports).toEqual([{ kind: 'overlong' }])
    expect(framer.silence()).toEqual([])
  })
})

describe('a card of several lines', () => {
  const card = 'BEGIN:VCARD\r\nVERSION:3.0\r\nN:Mẫu;Văn\r\nNOTE:END of\tit\r\n\r\nEND:VCARD'
  const bytesOf = (text: string) => Buffer.from(text)

  it.each([
    ['a card', card],
    ['a card in small letters', card.toLowerCase()],
    ['a card that ends as another case of its word', 'begin:VCard\nEnd:vCARD'],
    ['an event', 'BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT'],
    ['an event in a calendar', 'BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR'],
    ['a card behind an identifier', `]Q1${card}`],
    ['a card behind STX, a byte order mark and an identifier', `\u0002\uFEFF]Q1${card}`],
  ])('is one message, however the packets are cut: %s', (_what, text) => {
    fc.assert(
      fc.property(anySizes, fc.constantFrom(...terminators), (sizes, end) => {
        const framer = new Framer()
        const framed = pushInPieces(framer, bytesOf(`first\r${text}${end}last\r`), sizes)
        expect(texts(framed)).toEqual(['first', latin1(bytesOf(text)), 'last'])
        expect(framer.begun).toBe(false)
      }),
    )
  })

  it.each([
    ['the prefix', '>>(x)', `>>(x)${card}`],
    ['the prefix between what readers add by themselves', '>>', `\u0002>>\uFEFF]Q1${card}`],
    ['a prefix that looks like an identifier', ']Q1', `]Q1${card}`],
    ['nothing, though a prefix is set', '>>', card],
  ])('is one message behind %s, however the packets are cut', (_what, prefix, text) => {
    fc.assert(
      fc.property(anySizes, (sizes) => {
        const framed = pushInPieces(new Framer(prefix), bytesOf(`first\r${text}\rlast\r`), sizes)
        expect(texts(framed)).toEqual(['first', latin1(bytesOf(text)), 'last'])
      }),
    )
  })

  it('is ended by its last line at once, and by silence where that has no end or never comes', () => {
    const framer = new Framer()
    expect(texts(framer.push(bytesOf(`${card}\r`)))).toEqual([latin1(bytesOf(card))])
    for (const torn of [card, 'BEGIN:VCARD\r\nEND:VEVENT\r\n', 'BEGIN:VCARD\r']) {
      expect(framer.push(bytesOf(torn))).toEqual([])
      expect(framer.begun).toBe(true)
      expect(texts(framer.silence())).toEqual([latin1(bytesOf(torn))])
      expect(framer.begun).toBe(false)
    }
  })

  it('begins with its first line, nowhere else', () => {
    const framer = new Framer()
    expect(texts(new Framer('x').push(bytesOf('xxBEGIN:VCARD\r')))).toEqual(['xxBEGIN:VCARD'])
    const lines = ['x BEGIN:VCARD', 'BEGIN', 'BEGIN:', 'END:VCARD', 'A]Q1BEGIN:VCARD']
    expect(texts(framer.push(bytesOf(`${lines.join('\r\n')}\r\n`)))).toEqual(lines)
  })

  it('is taken at the greatest length; one byte longer it is reported once and swallowed to its silence', () => {
    const framer = new Framer()
    const longest = card.replace('Văn', 'V'.repeat(maxMessageBytes - bytesOf(card).length + bytesOf('Văn').length))
    expect(texts(framer.push(bytesOf(`${longest}\r\n`)))).toEqual([latin1(bytesOf(longest))])
    expect(texts(framer.push(bytesOf(`${longest.replace('N:', 'N:X')}\r\nA\r`)))).toEqual(['OVERLONG'])
    expect(framer.silence()).toEqual([])
    expect(texts(framer.push(bytesOf('A\r')))).toEqual(['A'])
  })
})
