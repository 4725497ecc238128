/**
 * The keys that a reader set to a US keyboard types on: neighbours from a code of linux/input-event-codes.h on, their
 * names as `KeyboardEvent.code` has them (W3C UI Events KeyboardEvent code Values), what they type, and with Shift.
 */
const rows: readonly (readonly [first: number, names: string, plain: string, shifted: string])[] = [
  [
    2,
    'Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal',
    '1234567890-=',
    '!@#$%^&*()_+',
  ],
  [15, 'Tab', '\t', '\t'],
  [
    16,
    'KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter',
    'qwertyuiop[]\r',
    'QWERTYUIOP{}\r',
  ],
  [30, 'KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote', "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [43, 'Backslash KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash', '\\zxcvbnm,./', '|ZXCVBNM<>?'],
  [57, 'Space', ' ', ' '],
]

/** The same with and without Shift, and whatever Num Lock says: readers type digits here, never arrows. */
const keypadRows: readonly (readonly [first: number, names: string, keys: string])[] = [
  [55, 'NumpadMultiply', '*'],
  [
    71,
    'Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal',
    '789-456+1230.',
  ],
  [96, 'NumpadEnter', '\r'],
  [98, 'NumpadDivide', '/'],
  [117, 'NumpadEqual', '='],
]

/** What a key types, as ASCII codes; Enter is CR. `digit`: 0 to 9 for a digit of the keypad. */
export type UsKey = { readonly plain: number; readonly shifted: number; readonly digit?: number }

type Entry = readonly [evdev: number, name: string, key: UsKey]

const entries: readonly Entry[] = [
  ...rows.flatMap(([first, names, plain, shifted]) =>
    names.split(' ').map((name, i): Entry => {
      return [first + i, name, { plain: plain.charCodeAt(i), shifted: shifted.charCodeAt(i) }]
    }),
  ),
  ...keypadRows.flatMap(([first, names, keys]) =>
    names.split(' ').map((name, i): Entry => {
      const ascii = keys.charCodeAt(i)
      const digit = ascii - 0x30
      const key = { plain: ascii, shifted: ascii }
      return [first + i, name, digit >= 0 && digit <= 9 ? { ...key, digit } : key]
    }),
  ),
]

export const keyByEvdev: ReadonlyMap<number, UsKey> = new Map(entries.map(([evdev, , key]) => [evdev, key]))
export const keyByName: ReadonlyMap<string, UsKey> = new Map(entries.map(([, name, key]) => [name, key]))

const largestCodePoint = 0x10ffff

/** The number that is typed on the keypad while Alt is down, which is a character. */
export class AltNumber {
  #typed: number | null = null

  push(digit: number): void {
    this.#typed = Math.min((this.#typed ?? 0) * 10 + digit, largestCodePoint + 1)
  }

  /** Alt was released: the character, a byte up to 255 and a code point beyond; undefined for what is none. */
  end(): number | undefined {
    const typed = this.#typed
    this.#typed = null
    if (typed === null || typed > largestCodePoint || (typed >= 0xd800 && typed <= 0xdfff)) return undefined
    return typed
  }
}

/** Of one line: bytes as they are, unless one character is beyond 255; then all are code points, and become UTF-8. */
export function bytesOf(characters: readonly number[]): Uint8Array {
  if (characters.every((character) => character <= 0xff)) return Uint8Array.from(characters)
  const text = characters.map((character) => String.fromCodePoint(character)).join('')
  const utf8 = encodeURIComponent(text).replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Uint8Array.from(utf8, (byte) => byte.charCodeAt(0))
}
