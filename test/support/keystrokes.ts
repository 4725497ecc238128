import type { Keystroke } from '../../contract/wedge.ts'

/** KeyboardEvent.code of the keys of a US keyboard, each with what stands on it, Shift second. */
const us: Readonly<Record<string, string>> = {
  ...{ Backquote: '`~', Digit1: '1!', Digit2: '2@', Digit3: '3#', Digit4: '4$', Digit5: '5%', Digit6: '6^' },
  ...{ Digit7: '7&', Digit8: '8*', Digit9: '9(', Digit0: '0)', Minus: '-_', Equal: '=+', BracketLeft: '[{' },
  ...{ BracketRight: ']}', Backslash: '\\|', Semicolon: ';:', Quote: '\'"', Comma: ',<', Period: '.>', Slash: '/?' },
  ...{ Space: '  ', Enter: '\r\r', Tab: '\t\t' },
  ...Object.fromEntries(
    [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => [`Key${letter}`, letter.toLowerCase() + letter]),
  ),
}

const plain = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, isComposing: false, repeat: false }

/** What a key tells when it goes down, and when it comes up. Times are set by `timed`. */
export function press(code: string, different: Partial<Keystroke> = {}): Keystroke[] {
  const stroke = { ...plain, code, key: '?', keyCode: 63, timeStamp: 0, ...different }
  return [
    { ...stroke, type: 'keydown' },
    { ...stroke, type: 'keyup' },
  ]
}

/** The key and whether Shift is down, for an ASCII character. */
export function keyOf(character: string): { code: string; shiftKey: boolean } {
  const [code, keys] = Object.entries(us).find(([, pair]) => pair.includes(character)) ?? []
  if (code === undefined || keys === undefined) throw new Error(`no key types ${character}`)
  return { code, shiftKey: keys[0] !== character }
}

/** What a reader set to a US keyboard types for ASCII. */
export function typed(text: string): Keystroke[] {
  return [...text].flatMap((character) => {
    const { code, shiftKey } = keyOf(character)
    if (!shiftKey) return press(code)
    const [down, up] = [press('ShiftLeft', { shiftKey: true })[0], press('ShiftLeft')[1]]
    return [down, ...press(code, { shiftKey }), up].filter((stroke) => stroke !== undefined)
  })
}

/** A number typed on the keypad while Alt is down. */
export function altTyped(number: string): Keystroke[] {
  const [down, up] = [press('AltLeft', { altKey: true })[0], press('AltLeft')[1]]
  const digits = [...number].flatMap((digit) => press(`Numpad${digit}`, { altKey: true }))
  return [down, ...digits, up].filter((stroke) => stroke !== undefined)
}

/** The same keys, each that types `gapMs` after the one before, from `startMs` on. */
export function timed(strokes: readonly Keystroke[], gapMs: number | readonly number[], startMs = 0): Keystroke[] {
  const gaps = typeof gapMs === 'number' ? [gapMs] : gapMs
  let at = startMs
  let n = 0
  return strokes.map((stroke) => {
    const types = stroke.type === 'keydown' && !/^(Shift|Alt|Control|Meta)/.test(stroke.code)
    if (types) at += gaps[n++ % gaps.length] ?? 0
    return { ...stroke, timeStamp: at }
  })
}
