/** Longer than any QR code: the largest holds 7,089 digits. */
export const maxMessageBytes = 8192

/** What came out of the byte stream of a reader. */
export type Framed = { kind: 'message'; bytes: Uint8Array } | { kind: 'overlong' }

const terminators: ReadonlySet<number> = new Set([0x0d, 0x0a, 0x09])

/**
 * Cuts a byte stream into messages: CR, LF, CRLF, TAB or silence (the caller keeps the time) ends one.
 * Empty messages, as between CR and LF, are dropped. Of a message beyond `maxMessageBytes` nothing is kept: it is
 * reported once, when it grows too long, and swallowed up to its end.
 */
export class Framer {
  #parts: Uint8Array[] = []
  #length = 0
  #swallowing = false

  /** Whether a message has begun, so that silence would end it. */
  get begun(): boolean {
    return this.#length > 0 || this.#swallowing
  }

  push(chunk: Uint8Array): Framed[] {
    const out: Framed[] = []
    let start = 0
    for (let i = 0; i < chunk.length; i++) {
      if (!terminators.has(chunk[i] ?? -1)) continue
      this.#take(chunk.subarray(start, i), out)
      this.#end(out)
      start = i + 1
    }
    this.#take(chunk.subarray(start), out)
    return out
  }

  /** No byte came for a while: what has begun is whole. */
  silence(): Framed[] {
    const out: Framed[] = []
    this.#end(out)
    return out
  }

  #take(bytes: Uint8Array, out: Framed[]) {
    if (bytes.length === 0 || this.#swallowing) return
    this.#length += bytes.length
    if (this.#length <= maxMessageBytes) {
      this.#parts.push(Uint8Array.from(bytes))
      return
    }
    this.#parts = []
    this.#length = 0
    this.#swallowing = true
    out.push({ kind: 'overlong' })
  }

  #end(out: Framed[]) {
    if (this.#length > 0) out.push({ kind: 'message', bytes: Buffer.concat(this.#parts) })
    this.#parts = []
    this.#length = 0
    this.#swallowing = false
  }
}
