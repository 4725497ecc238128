import { type Framed, Framer, maxMessageBytes } from '../framing.ts'
import {
  asciiOf,
  ctrlKeys,
  evKey,
  evSyn,
  keypadDigit,
  leftAlt,
  metaKeys,
  modifiers,
  shiftKeys,
  synDropped,
} from './keys.ts'

/** What counts of `struct input_event` of linux/input.h; of a key, `value` is 0 released, 1 pressed, 2 repeated. */
export type KeyEvent = { readonly type: number; readonly code: number; readonly value: number }

const largestCodePoint = 0x10ffff

/**
 * Makes messages of what a reader types on US keys, whatever layout, input method or Caps Lock the desktop has. Enter,
 * Tab or silence (the caller keeps the time) ends one. What Alt and the keypad type is a byte up to 255, as of the
 * reader's code page, and a code point beyond; a line with one beyond holds code points alone, and becomes UTF-8.
 */
export class KeyDecoder {
  readonly #down = new Set<number>()
  #framer = new Framer()
  #line: number[] = []
  /** The number typed on the keypad while Alt is down. */
  #typed: number | null = null
  /** A message that misses keys is swallowed up to the next silence: its lines would look like messages. */
  #torn = false

  push(events: Iterable<KeyEvent>): Framed[] {
    const out: Framed[] = []
    for (const { type, code, value } of events) {
      if (type === evSyn && code === synDropped) this.#tear()
      else if (type === evKey && value !== 2) this.#key(code, value === 1, out)
    }
    return out
  }

  /** No key came for a while: what has begun is whole. */
  silence(): Framed[] {
    this.#torn = false
    this.#typed = null
    const out = this.#flush()
    out.push(...this.#framer.silence())
    return out
  }

  /** The system lost some of the events. */
  #tear() {
    this.#torn = true
    this.#down.clear()
    this.#typed = null
    this.#line = []
    this.#framer = new Framer()
  }

  #key(code: number, isPressed: boolean, out: Framed[]) {
    if (modifiers.has(code)) {
      if (isPressed) this.#down.add(code)
      else this.#down.delete(code)
      if (code === leftAlt && !isPressed) this.#endAlt(out)
      return
    }
    if (!isPressed) return
    if (this.#down.has(leftAlt)) this.#typeDigit(keypadDigit(code))
    else if (!this.#isDown(metaKeys)) this.#take(this.#characterOf(code), out)
  }

  #typeDigit(digit: number | undefined) {
    if (digit !== undefined) this.#typed = Math.min((this.#typed ?? 0) * 10 + digit, largestCodePoint + 1)
  }

  #endAlt(out: Framed[]) {
    const typed = this.#typed
    this.#typed = null
    const isSurrogate = typed !== null && typed >= 0xd800 && typed <= 0xdfff
    if (typed !== null && typed <= largestCodePoint && !isSurrogate) this.#take(typed, out)
  }

  #characterOf(code: number): number | undefined {
    const ascii = asciiOf(code, this.#isDown(shiftKeys))
    if (ascii === undefined || !this.#isDown(ctrlKeys)) return ascii
    // GS, which separates the fields of GS1 codes, is typed as Ctrl+].
    return ascii >= 0x40 ? ascii & 0x1f : undefined
  }

  #take(character: number | undefined, out: Framed[]) {
    if (character === undefined || this.#torn) return
    this.#line.push(character)
    const isEnd = character === 0x0d || character === 0x0a || character === 0x09
    if (isEnd || this.#line.length > maxMessageBytes) out.push(...this.#flush())
  }

  #flush(): Framed[] {
    const line = this.#line
    this.#line = []
    const isWide = line.some((character) => character > 0xff)
    return this.#framer.push(isWide ? Buffer.from(textOf(line)) : Uint8Array.from(line))
  }

  #isDown(keys: readonly number[]): boolean {
    return keys.some((key) => this.#down.has(key))
  }
}

function textOf(line: readonly number[]): string {
  return line.map((character) => String.fromCodePoint(character)).join('')
}
