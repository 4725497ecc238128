/** Longer than any QR code: the largest holds 7,089 digits. */
export const maxMessageBytes = 8192

/** What came out of the byte stream of a reader. */
export type Framed = { kind: 'message'; bytes: Uint8Array } | { kind: 'overlong' }

const terminators: ReadonlySet<number> = new Set([0x0d, 0x0a, 0x09])

/** What readers put in front of a code by themselves: NUL, STX, a byte order mark, the AIM identifier. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these control characters are what readers add
const noise = /^(?:[\0\u0002]|\u00EF\u00BB\u00BF|\][A-Za-z][0-9A-Za-z])*/

/** The first line of a vCard or an event (RFC 6350, RFC 5545). */
const opening = /^BEGIN:([\w-]+)/i

/**
 * Cuts a byte stream into messages: CR, LF, CRLF, TAB or silence (the caller keeps the time) ends one.
 * Empty messages, as between CR and LF, are dropped. What begins with a line `BEGIN:…` has lines and goes on to the end
 * of the line `END:…`. Of a message beyond `maxMessageBytes` nothing is kept: it is reported once, when it grows too
 * long, and swallowed up to its end.
 */
export class Framer {
  readonly #prefix: string
  readonly #bytes = Buffer.alloc(maxMessageBytes)
  #length = 0
  #swallowing = false
  /** What the last line of the message begins with; null where its first line is the last. */
  #closing: string | null = null
  #lineStart = 0

  /** `prefix`: what the reader is set to put in front of every code; it stays part of the message. */
  constructor(prefix = '') {
    this.#prefix = prefix
  }

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
      const isWhole = this.#endsWithThisLine()
      if (isWhole) this.#end(out)
      start = isWhole ? i + 1 : i
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
    if (this.#swallowing) return
    if (this.#length + bytes.length <= maxMessageBytes) {
      this.#bytes.set(bytes, this.#length)
      this.#length += bytes.length
      return
    }
    this.#length = 0
    this.#swallowing = true
    out.push({ kind: 'overlong' })
  }

  /** A terminator follows what was taken. */
  #endsWithThisLine(): boolean {
    const line = this.#bytes.toString('latin1', this.#lineStart, this.#length)
    if (this.#closing !== null && line.toUpperCase().startsWith(this.#closing)) return true
    if (this.#closing === null) {
      const word = opening.exec(this.#codeOf(line))?.[1]
      if (word === undefined) return true
      this.#closing = `END:${word.toUpperCase()}`
    }
    this.#lineStart = this.#length + 1
    return false
  }

  /** Without what stands in front of the code. */
  #codeOf(line: string): string {
    const bare = line.replace(noise, '')
    return bare.startsWith(this.#prefix) ? bare.slice(this.#prefix.length).replace(noise, '') : bare
  }

  #end(out: Framed[]) {
    if (this.#length > 0) out.push({ kind: 'message', bytes: Uint8Array.from(this.#bytes.subarray(0, this.#length)) })
    this.#length = 0
    this.#swallowing = false
    this.#closing = null
    this.#lineStart = 0
  }
}
