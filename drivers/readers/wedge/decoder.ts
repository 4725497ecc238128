import { AltNumber, bytesOf, keyByEvdev } from '../../../contract/keys.ts'
import { type Framed, Framer, maxMessageBytes } from '../framing.ts'
import { ctrlKeys, evKey, evSyn, leftAlt, metaKeys, modifiers, shiftKeys, synDropped } from './keys.ts'

/** What counts of `struct input_event` of linux/input.h; of a key, `value` is 0 released, 1 pressed, 2 repeated. */
export type KeyEvent = { readonly type: number; readonly code: number; readonly value: number }

/**
 * Makes messages of what a reader types on US keys, whatever layout, input method or Caps Lock the desktop has. Enter,
 * Tab or silence (the caller keeps the time) ends one. What Alt and the keypad type is a byte up to 255, as of the
 * reader's code page, and a code point beyond; a line with one beyond holds code points alone, and becomes UTF-8.
 */
export class KeyDecoder {
  readonly #down = new Set<number>()
  readonly #prefix: string | undefined
  #framer: Framer
  #line: number[] = []
  #alt = new AltNumber()
  /** A message that misses keys is swallowed up to the next silence: its lines would look like messages. */
  #torn = false

  /** `prefix`: what the reader is set to type in front of every code. */
  constructor(prefix?: string) {
    this.#prefix = prefix
    this.#framer = new Framer(prefix)
  }

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
    this.#alt = new AltNumber()
    const out = this.#flush()
    out.push(...this.#framer.silence())
    return out
  }

  /** The system lost some of the events. */
  #tear() {
    this.#torn = true
    this.#down.clear()
    this.#alt = new AltNumber()
    this.#line = []
    this.#framer = new Framer(this.#prefix)
  }

  #key(code: number, isPressed: boolean, out: Framed[]) {
    if (modifiers.has(code)) {
      if (isPressed) this.#down.add(code)
      else this.#down.delete(code)
      if (code === leftAlt && !isPressed) this.#take(this.#alt.end(), out)
      return
    }
    if (!isPressed) return
    if (this.#down.has(leftAlt)) this.#typeDigit(keyByEvdev.get(code)?.digit)
    else if (!this.#isDown(metaKeys)) this.#take(this.#characterOf(code), out)
  }

  #typeDigit(digit: number | undefined) {
    if (digit !== undefined) this.#alt.push(digit)
  }

  #characterOf(code: number): number | undefined {
    const key = keyByEvdev.get(code)
    const ascii = this.#isDown(shiftKeys) ? key?.shifted : key?.plain
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
    return this.#framer.push(bytesOf(line))
  }

  #isDown(keys: readonly number[]): boolean {
    return keys.some((key) => this.#down.has(key))
  }
}
