import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { parseJson } from '../../sync/json.ts'
import type { KnownPerson } from './people.ts'
import type { Head, Row } from './row.ts'

/**
 * A segment of the journal: a header in the first sector, then one record a visit, then zeros.
 *
 * A record is: length of its payload (u32), CRC-32 (u32) over all that follows, seq (u64), payload; little-endian. The CRC
 * only has to find where a write was torn, for which zlib's native CRC-32 is as good as CRC-32C: whether a visit is the one
 * that was written is told by its SHA-256.
 */
export const headerBytes = 512

const recordHeader = 16

const Header = z.object({ format: z.literal('gate-kiosk journal 1'), log: z.uuid(), hash: z.string().length(43) })

/** What the journal keeps of a visit: its row, and whom the code told of. */
export type Entry = { readonly row: Row; readonly person: KnownPerson | null }

/** `base`: the visit before the first one. */
export type Segment = {
  readonly log: string
  readonly base: Head
  readonly entries: readonly Entry[]
  /** Where the last whole record ends, in bytes. */
  readonly end: number
}

export function encodeHeader(log: string, { seq, hash }: Head): Buffer {
  const header = Buffer.alloc(headerBytes)
  encode(seq, JSON.stringify({ format: 'gate-kiosk journal 1', log, hash })).copy(header)
  return header
}

export function encodeEntry({ row, person }: Entry): Buffer {
  // JSON and base64url have no NUL.
  const { seq, body, personal, hash } = row
  return encode(seq, [hash, body, personal ?? '', person === null ? '' : JSON.stringify(person)].join('\0'))
}

/** The records of a segment up to the first that is not whole; null: it has no header. */
export function decodeSegment(bytes: Buffer): Segment | null {
  const first = decode(bytes, 0)
  const header = Header.safeParse(parseJson(first?.payload ?? ''))
  if (first === null || !header.success) return null
  const { log, hash } = header.data
  const entries: Entry[] = []
  let end = headerBytes
  for (;;) {
    const record = decode(bytes, end)
    // What a reused segment held before it was begun anew may not be overwritten to the last byte.
    if (record === null || record.seq !== first.seq + entries.length + 1) break
    entries.push(toEntry(record))
    end = record.end
  }
  return { log, base: { seq: first.seq, hash }, entries, end }
}

type Record = { readonly seq: number; readonly payload: string; readonly end: number }

function encode(seq: number, text: string): Buffer {
  const length = Buffer.byteLength(text)
  const bytes = Buffer.allocUnsafe(recordHeader + length)
  bytes.writeUInt32LE(length, 0)
  bytes.writeBigUInt64LE(BigInt(seq), 8)
  bytes.write(text, recordHeader)
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4)
  return bytes
}

/** Null: there is no whole record at `start`. */
function decode(bytes: Buffer, start: number): Record | null {
  if (start + recordHeader > bytes.length) return null
  const length = bytes.readUInt32LE(start)
  const end = start + recordHeader + length
  if (length === 0 || end > bytes.length) return null
  if (bytes.readUInt32LE(start + 4) !== crc32(bytes.subarray(start + 8, end))) return null
  const payload = bytes.toString('utf8', start + recordHeader, end)
  return { seq: Number(bytes.readBigUInt64LE(start + 8)), payload, end }
}

function toEntry({ seq, payload }: Record): Entry {
  const [hash = '', body = '', personal = '', person = ''] = payload.split('\0')
  const row = { seq, body, personal: personal === '' ? null : personal, hash }
  return { row, person: person === '' ? null : JSON.parse(person) }
}
