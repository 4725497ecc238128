import type { KeyEvent } from '../../drivers/readers/wedge/decoder.ts'

/** KEY_… of linux/input-event-codes.h, each with what stands on it on a US keyboard, Shift second. */
const us: Readonly<Record<number, string>> = {
  ...{ 2: '1!', 3: '2@', 4: '3#', 5: '4$', 6: '5%', 7: '6^', 8: '7&', 9: '8*', 10: '9(', 11: '0)', 12: '-_', 13: '=+' },
  ...{ 16: 'qQ', 17: 'wW', 18: 'eE', 19: 'rR', 20: 'tT', 21: 'yY', 22: 'uU', 23: 'iI', 24: 'oO', 25: 'pP', 26: '[{' },
  ...{ 27: ']}', 30: 'aA', 31: 'sS', 32: 'dD', 33: 'fF', 34: 'gG', 35: 'hH', 36: 'jJ', 37: 'kK', 38: 'lL', 39: ';:' },
  ...{ 40: '\'"', 41: '`~', 43: '\\|', 44: 'zZ', 45: 'xX', 46: 'cC', 47: 'vV', 48: 'bB', 49: 'nN', 50: 'mM' },
  ...{ 51: ',<', 52: '.>', 53: '/?', 57: '  ', 15: '\t\t', 28: '\r\r' },
}
const keypad = [82, 79, 80, 81, 75, 76, 77, 71, 72, 73]
export const key = { shift: 42, ctrl: 29, alt: 56, altGr: 100, meta: 125, capsLock: 58, f1: 59, keypadEnter: 96 }

const sync: KeyEvent = { type: 0, code: 0, value: 0 }
export const dropped: KeyEvent = { type: 0, code: 3, value: 0 }

/** As the kernel tells of a USB keyboard: the scan code (MSC_SCAN), the key, and the end of the packet. */
const change = (code: number, value: number): KeyEvent[] => [
  { type: 4, code: 4, value: 0x70000 + code },
  { type: 1, code, value },
  sync,
]
export const press = (code: number): KeyEvent[] => [...change(code, 1), ...change(code, 0)]
export const repeat = (code: number): KeyEvent[] => change(code, 2)
export const withKey = (held: number, events: readonly KeyEvent[]): KeyEvent[] => [
  ...change(held, 1),
  ...events,
  ...change(held, 0),
]

/** What a reader set to a US keyboard types for ASCII. */
export function typed(text: string): KeyEvent[] {
  return [...text].flatMap((character) => {
    const [code, keys] = Object.entries(us).find(([, pair]) => pair.includes(character)) ?? []
    if (code === undefined || keys === undefined) throw new Error(`no key types ${character}`)
    return keys[0] === character ? press(Number(code)) : withKey(key.shift, press(Number(code)))
  })
}

/** A number typed on the keypad while Alt is down. */
export function altTyped(number: string): KeyEvent[] {
  return withKey(
    key.alt,
    [...number].flatMap((digit) => press(keypad[Number(digit)] ?? 0)),
  )
}

/** `struct input_event` of a 64-bit kernel, one after the other. */
export function eventBytes(events: readonly KeyEvent[]): Buffer {
  const bytes = Buffer.alloc(24 * events.length)
  for (const [i, { type, code, value }] of events.entries()) {
    bytes.writeUInt16LE(type, i * 24 + 16)
    bytes.writeUInt16LE(code, i * 24 + 18)
    bytes.writeInt32LE(value, i * 24 + 20)
  }
  return bytes
}
