import { maxMessageBytes } from '../framing.ts'
import type { Parsed, Protocol } from './protocols.ts'

const opcodes = { ack: 0xd0, nak: 0xd1, decodeData: 0xf3, event: 0xf6 } as const
const host = 0x04
const status = { retransmission: 0b01, continued: 0b10 } as const
/** Length, opcode, source, status. */
const headerBytes = 4
const checksumBytes = 2
/** A reader that heard no answer says a packet again after 2 s (the factory's Serial Response Time-out). */
const patience = 20

/** A packet from the host: length without checksum, opcode, source, status, data, checksum. */
export function ssiCommand(opcode: number, ...data: number[]): Uint8Array {
  const packet = [headerBytes + data.length, opcode, host, 0, ...data]
  const sum = checksum(packet)
  return Uint8Array.from([...packet, sum >> 8, sum & 0xff])
}

/** Two's complement of the sum, 16 bits. */
function checksum(bytes: Iterable<number>): number {
  let sum = 0
  for (const byte of bytes) sum += byte
  return -sum & 0xffff
}

const ack = ssiCommand(opcodes.ack)
/** 1: send it again. */
const nak = ssiCommand(opcodes.nak, 1)

/**
 * Zebra's Simple Serial Interface with packeted data: DECODE_DATA and EVENT are acknowledged, a damaged packet is asked
 * for again, and other packets are skipped. A code may take several packets. The reader waits for each answer.
 * Source: Simple Serial Interface Programmer's Guide, 72E-40451-04EN; that every packet of a code repeats the byte of
 * its type: alvinnguyen-chipmunk/zebra-scanner-library, src/mlsBarcode.c. Documentation only.
 */
export class Ssi implements Protocol {
  #pending: Buffer = Buffer.alloc(0)
  readonly #message = Buffer.alloc(maxMessageBytes)
  #length = 0
  #continued = false
  #swallowing = false
  /** Opcode and data of the packet before. */
  #last: Buffer = Buffer.alloc(0)
  #asked = false
  #silences = 0

  get begun(): boolean {
    return this.#pending.length > 0 || this.#continued
  }

  push(chunk: Uint8Array): Parsed[] {
    this.#silences = 0
    this.#pending = Buffer.concat([this.#pending, chunk])
    return this.#parse(false)
  }

  /** What seemed to begin a packet did not: whole packets may stand behind it. Of a code in parts the rest may come yet. */
  silence(): Parsed[] {
    const out = this.#parse(true)
    this.#asked = false
    if (++this.#silences >= patience) this.#forget()
    return out
  }

  #parse(isAll: boolean): Parsed[] {
    const out: Parsed[] = []
    const bytes = this.#pending
    let at = 0
    while (at < bytes.length) {
      const end = at + (bytes[at] ?? 0) + checksumBytes
      // No packet is shorter: readers send zeros to wake the host up.
      if (end < at + headerBytes + checksumBytes) {
        at++
      } else if (end > bytes.length && !isAll) {
        break
      } else if (end <= bytes.length && isWhole(bytes.subarray(at, end))) {
        this.#take(bytes.subarray(at, end - checksumBytes), out)
        at = end
      } else {
        this.#askAgain(out)
        at++
      }
    }
    this.#pending = Buffer.from(bytes.subarray(at))
    return out
  }

  #askAgain(out: Parsed[]) {
    if (!this.#asked) out.push({ kind: 'reply', bytes: nak })
    this.#asked = true
    // What comes again now was not taken before.
    this.#last = Buffer.alloc(0)
  }

  #take(packet: Buffer, out: Parsed[]) {
    const [, opcode, , flags = 0] = packet
    this.#asked = false
    if (opcode !== opcodes.decodeData && opcode !== opcodes.event) return
    out.push({ kind: 'reply', bytes: ack })
    const content = Buffer.concat([Uint8Array.of(opcode), packet.subarray(headerBytes)])
    const isAgain = (flags & status.retransmission) !== 0 && content.equals(this.#last)
    this.#last = content
    // The type of the code stands before the data.
    if (opcode === opcodes.decodeData && !isAgain)
      this.#append(packet.subarray(headerBytes + 1), (flags & status.continued) !== 0, out)
  }

  #append(data: Buffer, isContinued: boolean, out: Parsed[]) {
    if (!this.#swallowing && this.#length + data.length > maxMessageBytes) {
      this.#swallowing = true
      out.push({ kind: 'overlong' })
    }
    if (!this.#swallowing) this.#length += data.copy(this.#message, this.#length)
    this.#continued = isContinued
    if (isContinued) return
    if (!this.#swallowing && this.#length > 0)
      out.push({ kind: 'message', bytes: Uint8Array.from(this.#message.subarray(0, this.#length)) })
    this.#forget()
  }

  #forget() {
    this.#length = 0
    this.#continued = false
    this.#swallowing = false
  }
}

function isWhole(packet: Buffer): boolean {
  const end = packet.length - checksumBytes
  return packet.readUInt16BE(end) === checksum(packet.subarray(0, end))
}
