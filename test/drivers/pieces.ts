import fc from 'fast-check'
import type { Parsed, Protocol } from '../../drivers/readers/serial/protocols.ts'

/** The lengths of packets that a stream is cut into. */
export const anySizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 })

/** Pushes the bytes in pieces whose lengths repeat `sizes`. */
export function pushInPieces(parser: Pick<Protocol, 'push'>, bytes: Uint8Array, sizes: readonly number[]): Parsed[] {
  const out: Parsed[] = []
  let at = 0
  for (let piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length] ?? 1
    out.push(...parser.push(bytes.subarray(at, at + size)))
    at += size
  }
  return out
}

/** The messages as Latin-1, and what else was told; without replies. */
export function texts(parsed: readonly Parsed[]): string[] {
  return parsed.flatMap((item) => {
    if (item.kind === 'reply') return []
    return [item.kind === 'message' ? Buffer.from(item.bytes).toString('latin1') : 'OVERLONG']
  })
}
