import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxMessageBytes } from '../../drivers/readers/framing.ts'
import { Dechdr } from '../../drivers/readers/serial/dechdr.ts'
import { anySizes, pushInPieces, texts } from './pieces.ts'
import { dechdrFrame } from './serial-frames.ts'

const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const frame = (text: string) => dechdrFrame(bytesOf(text))
/** SYN FE alone begins a frame. */
const anyData = fc.uint8Array({ maxLength: 300 }).map((bytes) => bytes.filter((byte) => byte !== 0xfe))
/** Garbage that cannot begin a frame. */
const anyGarbage = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x16)))

describe('a reader with a decode header', () => {
  it('reads the frame of the documentation', () => {
    const bytes = Buffer.from('16fe120000000d4d534747455430303034735131 1d414243 0d'.replaceAll(' ', ''), 'hex')
    expect(texts(new Dechdr().push(bytes))).toEqual([']Q1ABC'])
  })

  it('reads any text, however the packets are cut and whatever stands between the frames', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyGarbage, anyData)), anySizes, (stream, sizes) => {
        const parser = new Dechdr()
        const bytes = Buffer.concat(stream.flatMap(([garbage, data]) => [garbage, dechdrFrame(data)]))
        const messages = stream.map(([, data]) => `]Q1${Buffer.from(data).toString('latin1')}`)
        expect(texts(pushInPieces(parser, bytes, sizes))).toEqual(messages)
        expect(parser.begun).toBe(false)
      }),
    )
  })

  it('names the symbology by its AIM identifier, and keeps line ends within a code', () => {
    expect(texts(new Dechdr().push(dechdrFrame(bytesOf('A\r\nB\r'), 'E0')))).toEqual([']E0A\r\nB\r'])
  })

  it('does without the CR at the end, where the reader was set to send none', () => {
    const whole = Buffer.from('16fe110000000d4d5347474554303030337351311d414243', 'hex')
    expect(texts(new Dechdr().push(whole))).toEqual([']Q1ABC'])
  })

  it('reads nothing of a torn frame, and the next one, with silence between them or without', () => {
    const whole = frame('whole')
    for (let cut = 1; cut < frame('torn torn torn').length; cut++) {
      const torn = frame('torn torn torn').subarray(0, cut)
      const parser = new Dechdr()
      expect(texts(parser.push(Buffer.concat([torn, whole])))).toEqual([']Q1whole'])
      expect(parser.push(torn)).toEqual([])
      expect(parser.begun).toBe(true)
      expect(parser.silence()).toEqual([])
      expect(parser.begun).toBe(false)
      expect(texts(parser.push(whole))).toEqual([']Q1whole'])
    }
  })

  it.each([
    ['another length of the payload', (bytes: Buffer) => bytes.writeUInt32LE(400, 2)],
    ['no length', (bytes: Buffer) => bytes.write('00x6', 13)],
    ['no identifier', (bytes: Buffer) => bytes.write('  ', 18)],
    ['another message', (bytes: Buffer) => bytes.write('MSGPUT', 7)],
  ])('skips what has %s', (_what, spoil) => {
    const spoilt = frame('ABCDE')
    spoil(spoilt)
    expect(texts(new Dechdr().push(Buffer.concat([spoilt, frame('next')])))).toEqual([']Q1next'])
  })

  it('never keeps more than one frame of the greatest length', () => {
    const parser = new Dechdr()
    const longest = 'x'.repeat(maxMessageBytes - 1)
    expect(texts(parser.push(frame(longest)))).toEqual([`]Q1${longest}`])
    expect(parser.push(frame(`${longest}x`))).toEqual([])
    for (let i = 0; i < 1000; i++) parser.push(Buffer.alloc(10_000, '\x16\xfe'))
    parser.silence()
    expect(texts(parser.push(frame('next')))).toEqual([']Q1next'])
  })
})
