import type { Misread } from './api.ts'
import { AltNumber, bytesOf, keyByName } from './keys.ts'

/** What counts of a DOM `KeyboardEvent` (W3C UI Events). */
export type Keystroke = {
  readonly type: string
  readonly code: string
  readonly key: string
  readonly keyCode: number
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
  readonly isComposing: boolean
  readonly repeat: boolean
  /** Milliseconds of a clock that never goes back. */
  readonly timeStamp: number
}

/** What a reader typed: a code, or something that cannot be the code it read. */
export type Typed = { kind: 'message'; bytes: Uint8Array } | { kind: 'misread'; why: Misread }

/**
 * By the times of the keys, whatever comes later begins something new. The slowest readers type a key in 100 ms
 * (README of @point-of-sale/keyboard-barcode-scanner).
 */
const longestGapMs = 150
/**
 * After this long without a key a code without Enter or Tab is whole. Keys may reach a busy page much later than they were
 * pressed, and half a code must not become a reading.
 */
export const silenceMs = 500
/** Nobody types so fast, by the median of the times between keys. */
const readerMs = 50
/** Of fewer keys no speed can be told; onScan.js takes as many. */
const fewestKeys = 6
/** Longer than any QR code: the largest holds 7,089 digits. */
const maxBytes = 8192

const shift = /^Shift(Left|Right)$/
const alt = /^Alt(Left|Right)$/
/** `Process` keys of UI Events, section "Fixed virtual key codes". */
const processKeyCode = 229
/** VK_PACKET of winuser.h: a character that a program sent, not a key. */
const packetKeyCode = 231

/**
 * Tells what a reader types from what a person types, and makes messages of it: US-ASCII by the places of the keys,
 * whatever layout and Caps Lock the system has; Alt and the keypad type what is not ASCII, as `KeyDecoder` has it for evdev.
 * A burst is what comes at a reader's speed, or begins with one of the `prefixes` at any. Enter, Tab or silence
 * (`silenceMs`; the caller keeps the time) ends it; one that holds `BEGIN:`, such as a vCard, has lines and ends with
 * silence alone. A burst in which an input method took part, or a chord with Ctrl, Alt or the logo key, is dropped up to
 * the next silence: no code types either. What several readers type cannot be told apart.
 */
export class Wedge {
  readonly #prefixes: readonly string[]
  #characters: number[] = []
  /** Between the keys of the burst, in ms. */
  #gaps: number[] = []
  #last = Number.NEGATIVE_INFINITY
  #spoilt: Misread | null = null
  #alt = new AltNumber()

  /** `prefixes`: what readers are set to put in front of a code. */
  constructor(prefixes: readonly string[] = []) {
    this.#prefixes = prefixes.filter((prefix) => prefix !== '')
  }

  /** Takes a `keydown` or a `keyup`. What came of it is at most the end of an earlier burst, and of this one. */
  push(stroke: Keystroke): Typed[] {
    if (stroke.type === 'keyup') {
      if (alt.test(stroke.code)) this.#endAlt()
      return []
    }
    if (stroke.repeat || shift.test(stroke.code)) return []
    const gap = stroke.timeStamp - this.#last
    const out = gap > longestGapMs ? this.silence() : []
    // The key that begins a burst has no time before it.
    if (gap <= longestGapMs && this.#gaps.length < maxBytes) this.#gaps.push(gap)
    this.#last = stroke.timeStamp
    this.#press(stroke)
    if (this.#isEnded()) out.push(...this.#end())
    return out
  }

  /** No key came for `silenceMs`. */
  silence(): Typed[] {
    this.#last = Number.NEGATIVE_INFINITY
    this.#alt = new AltNumber()
    return this.#end()
  }

  #press(stroke: Keystroke) {
    const key = keyByName.get(stroke.code)
    if (isOfInputMethod(stroke)) this.#spoilt = 'input-method'
    else if (stroke.altKey && key?.digit !== undefined && !stroke.ctrlKey && !stroke.metaKey) this.#alt.push(key.digit)
    else if (alt.test(stroke.code)) this.#alt = new AltNumber()
    else if (stroke.ctrlKey || stroke.altKey || stroke.metaKey) this.#spoilt ??= 'chord'
    else this.#take(stroke.shiftKey ? key?.shifted : key?.plain)
  }

  /** Without a number, Alt came with a key that was kept away from the page, or that is none of the keypad's. */
  #endAlt() {
    const character = this.#alt.end()
    if (character === undefined) this.#spoilt ??= 'chord'
    else this.#take(character)
  }

  #take(character: number | undefined) {
    if (character === undefined) return
    if (this.#characters.length >= maxBytes) this.#spoilt ??= 'overlong'
    else this.#characters.push(character)
  }

  #isEnded(): boolean {
    if (this.#spoilt !== null || !isLineEnd(this.#characters.at(-1))) return false
    return !this.#text().toUpperCase().includes('BEGIN:')
  }

  #end(): Typed[] {
    while (isLineEnd(this.#characters.at(-1))) this.#characters.pop()
    const text = this.#text()
    const bytes = bytesOf(this.#characters)
    const isFast = this.#gaps.length + 1 >= fewestKeys && median(this.#gaps) < readerMs
    const spoilt = this.#spoilt ?? (bytes.length > maxBytes ? 'overlong' : null)
    this.#characters = []
    this.#gaps = []
    this.#spoilt = null
    if (spoilt !== null) return isFast ? [{ kind: 'misread', why: spoilt }] : []
    const isCode = text !== '' && (isFast || this.#prefixes.some((prefix) => text.startsWith(prefix)))
    return isCode ? [{ kind: 'message', bytes }] : []
  }

  #text(): string {
    return this.#characters.map((character) => String.fromCodePoint(character)).join('')
  }
}

function isLineEnd(character: number | undefined): boolean {
  return character === 0x0d || character === 0x09
}

/**
 * Whether it may be another key than the one the reader meant. A hook takes keys away, and sends Backspace and characters
 * instead; no reader types Backspace.
 */
function isOfInputMethod({ isComposing, keyCode, key, code }: Keystroke): boolean {
  if (isComposing || keyCode === processKeyCode || key === 'Process' || keyCode === packetKeyCode) return true
  return code === '' || code === 'Unidentified' || code === 'Backspace'
}

function median(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[of.length >> 1] ?? Number.POSITIVE_INFINITY
}
