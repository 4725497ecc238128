import { crc32, deflateRawSync, constants as zlib } from 'node:zlib'

/** A file of the archive: its name, in ASCII, and its text in pieces. */
type Entry = { readonly name: string; readonly text: Iterable<string> }

type Written = {
  readonly name: string
  readonly at: number
  readonly crc: number
  readonly packed: number
  readonly size: number
}

/** The 1st of January 1980, as MS-DOS writes it: an archive of the same text has the same bytes. */
const epoch = 0x21
/** Deflate. */
const method = 8
/** Checksum and lengths come after the data, which is written before they are known. */
const lengthsFollow = 1 << 3

/**
 * A ZIP archive (PKWARE APPNOTE 6.3), written as its text comes: nothing of it is held in memory. It has no ZIP64, so that
 * everything in it must stay below 4 GiB.
 */
export function* zip(entries: Iterable<Entry>): Generator<Uint8Array> {
  const written: Written[] = []
  let at = 0
  for (const { name, text } of entries) {
    const start = at
    const head = Buffer.concat([record(0x04034b50, common(0, 0, 0, name)), Buffer.from(name)])
    yield head
    let [crc, packed, size] = [0, 0, 0]
    for (const piece of pieces(text)) {
      yield piece.packed
      crc = crc32(piece.plain, crc)
      packed += piece.packed.length
      size += piece.plain.length
    }
    const tail = record(0x08074b50, [u32(crc), u32(packed), u32(size)])
    yield tail
    written.push({ name, at: start, crc, packed, size })
    at += head.length + packed + tail.length
  }
  const directory = Buffer.concat(written.map(directoryEntry))
  yield directory
  const count = u16(written.length)
  yield record(0x06054b50, [u16(0), u16(0), count, count, u32(directory.length), u32(at), u16(0)])
}

/** Blocks that each end at a whole byte are one deflate stream together (RFC 1951); the empty one at the end says so. */
function* pieces(text: Iterable<string>): Generator<{ plain: Buffer; packed: Buffer }> {
  for (const part of text) {
    const plain = Buffer.from(part)
    yield { plain, packed: deflateRawSync(plain, { level: 3, finishFlush: zlib.Z_SYNC_FLUSH }) }
  }
  yield { plain: Buffer.alloc(0), packed: deflateRawSync('') }
}

function directoryEntry({ name, at, crc, packed, size }: Written): Buffer {
  const own = [u16(0), u16(0), u16(0), u32(0), u32(at)]
  return Buffer.concat([record(0x02014b50, [u16(20), ...common(crc, packed, size, name), ...own]), Buffer.from(name)])
}

function common(crc: number, packed: number, size: number, name: string): Buffer[] {
  const kind = [u16(20), u16(lengthsFollow), u16(method), u16(0), u16(epoch)]
  return [...kind, u32(crc), u32(packed), u32(size), u16(name.length), u16(0)]
}

function record(signature: number, fields: Buffer[]): Buffer {
  return Buffer.concat([u32(signature), ...fields])
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
