/** Codes of linux/input-event-codes.h. */
export const evSyn = 0
export const evKey = 1
export const synDropped = 3
export const leftAlt = 56

/** Shift, Ctrl and Meta stand at the left and at the right; Alt at the left alone, for the right one is AltGr. */
export const shiftKeys: readonly number[] = [42, 54]
export const ctrlKeys: readonly number[] = [29, 97]
export const metaKeys: readonly number[] = [125, 126]
export const modifiers: ReadonlySet<number> = new Set([leftAlt, ...shiftKeys, ...ctrlKeys, ...metaKeys])

/** Neighbouring keys from a code on, what they type under the US layout, and what they type with Shift. */
const rows: readonly (readonly [number, string, string])[] = [
  [2, '1234567890-=', '!@#$%^&*()_+'],
  [15, '\t', '\t'],
  [16, 'qwertyuiop[]\r', 'QWERTYUIOP{}\r'],
  [30, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [43, '\\zxcvbnm,./', '|ZXCVBNM<>?'],
  [57, ' ', ' '],
]

/** The same with and without Shift, and whatever Num Lock says: readers type digits here, never arrows. */
const keypadRows: readonly (readonly [number, string])[] = [
  [55, '*'],
  [71, '789-456+1230.'],
  [96, '\r'],
  [98, '/'],
  [117, '='],
]

const plain = table(rows.map(([first, keys]) => [first, keys]))
const shifted = table(rows.map(([first, , keys]) => [first, keys]))
const keypad = table(keypadRows)

/** The ASCII code that a key types under the US layout; Enter is CR. Undefined for any other key. */
export function asciiOf(code: number, withShift: boolean): number | undefined {
  return keypad.get(code) ?? (withShift ? shifted : plain).get(code)
}

/** 0 to 9 for a digit of the keypad. */
export function keypadDigit(code: number): number | undefined {
  const digit = (keypad.get(code) ?? 0) - 0x30
  return digit >= 0 && digit <= 9 ? digit : undefined
}

function table(of: readonly (readonly [number, string])[]): ReadonlyMap<number, number> {
  return new Map(of.flatMap(([first, keys]) => [...keys].map((key, i) => [first + i, key.charCodeAt(0)] as const)))
}
