import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxMessageBytes } from '../../drivers/readers/framing.ts'
import type { Parsed } from '../../drivers/readers/serial/protocols.ts'
import { Ssi, ssiCommand } from '../../drivers/readers/serial/ssi.ts'
import { anySizes, pushInPieces, texts } from './pieces.ts'
import { ssiPacket, ssiPackets } from './serial-frames.ts'

const ack = '04d00400ff28'
const nak = '05d1040001ff25'
const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const packetsOf = (text: string, size?: number) => ssiPackets(bytesOf(text), size)
const packetOf = (text: string) => Buffer.concat(packetsOf(text))
/** Sent once more, as its status says. */
const again = (packet: Buffer) => ssiPacket(packet[1] ?? 0, (packet[3] ?? 0) | 1, packet.subarray(4, -2))
const damaged = (packet: Buffer) => Buffer.concat([packet.subarray(0, 6), bytesOf('?'), packet.subarray(7)])

const replies = (parsed: readonly Parsed[]) =>
  parsed.flatMap((item) => (item.kind === 'reply' ? [Buffer.from(item.bytes).toString('hex')] : []))

function silences(parser: Ssi, count: number): Parsed[] {
  return Array.from({ length: count }, () => parser.silence()).flat()
}

describe('a reader that speaks SSI', () => {
  it('reads a packet of the documentation and acknowledges it', () => {
    const told = new Ssi().push(Buffer.from('08f300001c414243fe23', 'hex'))
    expect([texts(told), replies(told)]).toEqual([['ABC'], [ack]])
  })

  it('makes the commands of the documentation', () => {
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
    expect(hex(ssiCommand(0xe4))).toBe('04e40400ff14')
    expect(hex(ssiCommand(0xe6, 0x11))).toBe('05e6040011ff00')
  })

  it('reads any bytes in one or many packets, however the stream is cut, and acknowledges every packet', () => {
    const anyCode = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 600 }), fc.integer({ min: 1, max: 250 }))
    fc.assert(
      fc.property(fc.array(anyCode, { maxLength: 8 }), anySizes, (codes, sizes) => {
        const parser = new Ssi()
        const packets = codes.flatMap(([data, size]) => ssiPackets(data, size))
        const told = pushInPieces(parser, Buffer.concat(packets), sizes)
        expect(texts(told)).toEqual(codes.map(([data]) => Buffer.from(data).toString('latin1')))
        expect(replies(told)).toEqual(packets.map(() => ack))
        expect(parser.begun).toBe(false)
      }),
    )
  })

  it('acknowledges an event, and neither answers nor reads other packets', () => {
    const parser = new Ssi()
    expect(replies(parser.push(ssiPacket(0xf6, 0, Uint8Array.of(1))))).toEqual([ack])
    for (const opcode of [0xd0, 0xd1, 0xa4, 0x73]) {
      expect(parser.push(ssiPacket(opcode, 0, bytesOf('data')))).toEqual([])
    }
    expect(texts(parser.push(packetOf('ABC')))).toEqual(['ABC'])
  })

  it('takes what it sent itself, on a line that echoes, for no code and no damage', () => {
    for (const sent of [ssiCommand(0xd0), ssiCommand(0xd1, 1)]) expect(new Ssi().push(sent)).toEqual([])
  })

  it('asks once for a damaged packet and reads the one that comes again', () => {
    const parser = new Ssi()
    expect(texts(parser.push(packetOf('ABC')))).toEqual(['ABC'])
    expect([...parser.push(damaged(packetOf('ABC'))), ...parser.silence()]).toEqual([
      { kind: 'reply', bytes: Uint8Array.from(Buffer.from(nak, 'hex')) },
    ])
    const told = parser.push(again(packetOf('ABC')))
    expect([texts(told), replies(told)]).toEqual([['ABC'], [ack]])
  })

  it('reads once what the reader sends again because it missed the answer', () => {
    const parser = new Ssi()
    const sent = packetsOf('one two three', 5).flatMap((packet) => [packet, again(packet)])
    const told = parser.push(Buffer.concat(sent))
    expect([texts(told), replies(told).length]).toEqual([['one two three'], sent.length])
    expect(texts(parser.push(packetOf('three')))).toEqual(['three'])
    expect(texts(parser.push(packetOf('three')))).toEqual(['three'])
  })

  it('finds a packet behind bytes that seemed to begin another, at the latest at silence', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), anySizes, (garbage, sizes) => {
        const parser = new Ssi()
        const told = pushInPieces(parser, Buffer.concat([garbage, packetOf('ABC')]), sizes)
        expect(texts([...told, ...parser.silence()])).toEqual(['ABC'])
        expect(parser.begun).toBe(false)
      }),
    )
  })

  it('asks for a packet that was cut short, when silence shows it', () => {
    const parser = new Ssi()
    expect(parser.push(packetOf('ABC').subarray(0, -1))).toEqual([])
    expect(parser.begun).toBe(true)
    const told = parser.silence()
    expect([texts(told), replies(told), parser.begun]).toEqual([[], [nak], false])
    expect(texts(parser.push(again(packetOf('ABC'))))).toEqual(['ABC'])
  })

  it('waits between the packets of a code until the reader would have sent one again, and no longer', () => {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0), third = Buffer.alloc(0)] = packetsOf('ABCDEF', 2)
    const parser = new Ssi()
    for (const packet of [first, second]) {
      parser.push(packet)
      expect(silences(parser, 19)).toEqual([])
      expect(parser.begun).toBe(true)
    }
    expect(texts(parser.push(third))).toEqual(['ABCDEF'])
    parser.push(first)
    expect(silences(parser, 20)).toEqual([])
    expect(parser.begun).toBe(false)
    expect(texts(parser.push(packetOf('next')))).toEqual(['next'])
  })

  it('takes the greatest length; one byte longer is reported once and swallowed to its end', () => {
    const parser = new Ssi()
    const longest = 'x'.repeat(maxMessageBytes)
    expect(texts(parser.push(packetOf(longest)))).toEqual([longest])
    expect(texts(parser.push(packetOf(`${longest}${longest}`)))).toEqual(['OVERLONG'])
    expect(texts(parser.push(packetOf('next')))).toEqual(['next'])
  })
})
