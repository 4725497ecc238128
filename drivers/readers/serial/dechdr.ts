import { maxMessageBytes } from '../framing.ts'
import type { Parsed, Protocol } from './protocols.ts'

const syn = 0x16
const headerBytes = 21
/** SYN FE, length of the payload (u32 LE), CR; then the payload: MSGGET, length of the data, Honeywell id, AIM id, GS. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the frame is made of control characters
const header = /^\x16\xfe.{4}\rMSGGET(\d{4}).([A-Za-z][0-9A-Za-z])\x1d$/s
/** The length in the header counts the payload, which begins with 14 bytes of its own before the data. */
const payloadOverhead = 14
/** Begins every frame and stands in no text, as 0xFE is in no UTF-8: data that holds it is a torn frame and the next one. */
const mark = Buffer.of(syn, 0xfe)

type Candidate = { kind: 'none' } | { kind: 'unfinished' } | { kind: 'frame'; end: number; message: Buffer }

/**
 * Honeywell's decode header (`DECHDR1.`): every message says its length and its symbology, so that line ends may
 * stand in a code. Messages come out with the AIM identifier in front. What is no frame is skipped.
 * Source: enioka_scan, sdk/honeywelloss/parsers/BarcodeParser.java; documentation only.
 */
export class Dechdr implements Protocol {
  #pending: Buffer = Buffer.alloc(0)

  get begun(): boolean {
    return this.#pending.length > 0
  }

  push(chunk: Uint8Array): Parsed[] {
    const bytes = Buffer.concat([this.#pending, chunk])
    const out: Parsed[] = []
    let at = bytes.indexOf(syn)
    while (at !== -1) {
      const candidate = candidateAt(bytes, at)
      if (candidate.kind === 'unfinished') break
      if (candidate.kind === 'frame') out.push({ kind: 'message', bytes: candidate.message })
      at = bytes.indexOf(syn, candidate.kind === 'frame' ? candidate.end : at + 1)
    }
    // At most one unfinished frame stays, in memory of its own.
    this.#pending = Buffer.from(at === -1 ? [] : bytes.subarray(at))
    return out
  }

  /** A frame has no pauses: what has begun was torn. */
  silence(): Parsed[] {
    this.#pending = Buffer.alloc(0)
    return []
  }
}

function candidateAt(bytes: Buffer, at: number): Candidate {
  if (bytes.length < at + headerBytes) return { kind: 'unfinished' }
  const match = header.exec(bytes.toString('latin1', at, at + headerBytes))
  if (match === null) return { kind: 'none' }
  const [, digits = '', aim = ''] = match
  const length = Number(digits)
  if (length > maxMessageBytes || bytes.readUInt32LE(at + 2) !== length + payloadOverhead) return { kind: 'none' }
  const end = at + headerBytes + length
  const data = bytes.subarray(at + headerBytes, end)
  if (data.includes(mark)) return { kind: 'none' }
  if (bytes.length < end) return { kind: 'unfinished' }
  if (data.at(-1) === syn) return { kind: 'none' }
  // The CR that ends a frame is counted as data.
  const code = data.at(-1) === 0x0d ? data.subarray(0, -1) : data
  return { kind: 'frame', end, message: Buffer.concat([Buffer.from(`]${aim}`), code]) }
}
