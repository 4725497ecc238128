import { crc32, inflateRawSync } from 'node:zlib'

/** The texts of a ZIP archive by their names, found by its directory; each has the length and checksum that stand there. */
export function unzip(archive: Buffer): Map<string, string> {
  const end = archive.length - 22
  if (archive.readUInt32LE(end) !== 0x06054b50) throw new Error('expected the end of a ZIP archive')
  const texts = new Map<string, string>()
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [crc, packed, size] = [16, 20, 24].map((offset) => archive.readUInt32LE(at + offset))
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength)
    const start = archive.readUInt32LE(at + 42)
    const data = start + 30 + archive.readUInt16LE(start + 26) + archive.readUInt16LE(start + 28)
    const text = inflateRawSync(archive.subarray(data, data + Number(packed)))
    if (text.length !== size || crc32(text) !== crc) throw new Error(`${name} is not whole`)
    texts.set(name, text.toString())
    at += 46 + nameLength
  }
  return texts
}
