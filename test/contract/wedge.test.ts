import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Keystroke, Wedge } from '../../contract/wedge.ts'
import { altTyped, press, timed, typed } from '../support/keystrokes.ts'

const ascii = Array.from({ length: 95 }, (_, n) => String.fromCharCode(0x20 + n)).join('')

/** What comes out of keys and the silence after them, as UTF-8 or with the reason why not. */
function read(strokes: readonly Keystroke[], prefixes: readonly string[] = []): string[] {
  const wedge = new Wedge(prefixes)
  return [...strokes.flatMap((stroke) => wedge.push(stroke)), ...wedge.silence()].map((of) =>
    of.kind === 'message' ? Buffer.from(of.bytes).toString() : of.why,
  )
}

const fast = (strokes: readonly Keystroke[], startMs = 0) => timed(strokes, 8, startMs)
const code = fc.string({ unit: fc.constantFrom(...ascii), minLength: 6, maxLength: 60 })
const hasNoLines = (text: string) => !/BEGIN:/i.test(text)

describe('what a reader types', () => {
  it('is any ASCII, one message for each Enter', () => {
    fc.assert(
      fc.property(fc.array(code.filter(hasNoLines), { minLength: 1, maxLength: 4 }), fc.nat(49), (codes, gap) => {
        expect(read(timed(typed(codes.map((of) => `${of}\r`).join('')), gap))).toEqual(codes)
      }),
    )
  })

  it('is the same with a Tab at its end, or with nothing but silence', () => {
    expect(read(fast(typed(`${ascii}\t`)))).toEqual([ascii])
    expect(read(fast(typed(ascii)))).toEqual([ascii])
  })

  it('ends where the next key comes after a silence', () => {
    const strokes = [...fast(typed('first one')), ...fast(typed('second one'), 5000)]
    expect(read(strokes)).toEqual(['first one', 'second one'])
  })

  it('goes by the places of keys, whatever the layout makes of them', () => {
    const strokes = fast(typed('https://example.com')).map((stroke) => ({ ...stroke, key: 'ê' }))
    expect(read(strokes)).toEqual(['https://example.com'])
  })

  it('keeps the lines of a vCard together', () => {
    const card = 'BEGIN:VCARD\rVERSION:3.0\rFN:An\rEND:VCARD'
    expect(read(fast(typed(`<${card}\r`)))).toEqual([`<${card}`])
  })

  it('is bytes and characters by Alt and the keypad', () => {
    const bytes = [...Buffer.from('Nguyễn')].flatMap((byte) => altTyped(`0${byte}`))
    expect(read(fast(bytes))).toEqual(['Nguyễn'])
    expect(
      read(fast([...typed('Tr'), ...altTyped('7847'), ...typed('n H'), ...altTyped('242'), ...typed('a\r')])),
    ).toEqual(['Trần Hòa'])
    for (const none of ['55296', '1114112', '9'.repeat(400)])
      expect(read(fast([...typed('example '), ...altTyped(none)]))).toEqual(['chord'])
  })

  it('is not changed by keys that are held down, nor by keys without a character', () => {
    const held = press('KeyA', { repeat: true })
    const strokes = [...typed('abcdef'), ...held, ...held, ...press('F13'), ...press('CapsLock'), ...typed('g')]
    expect(read(fast(strokes))).toEqual(['abcdefg'])
  })

  it('is told as too long, once, when it is longer than any code, and the next one is read', () => {
    expect(read(fast(typed(`${'A'.repeat(20_000)}\rrest of it\r`)))).toEqual(['overlong'])
    expect(read(fast([...altTyped('7847'), ...typed('A'.repeat(8191))]))).toEqual(['overlong'])
    expect(read(fast(typed('A'.repeat(8192))))).toEqual(['A'.repeat(8192)])
    const next = fast(typed('next one'), 1_000_000)
    expect(read([...fast(typed('A'.repeat(20_000))), ...next])).toEqual(['overlong', 'next one'])
  })
})

describe('what a person types', () => {
  it('is nothing, whatever it is', () => {
    const gaps = fc.array(fc.integer({ min: 50, max: 2000 }), { minLength: 1, maxLength: 20 })
    const keys = fc.array(fc.constantFrom(...ascii, '\r', '\t'), { maxLength: 60 })
    fc.assert(
      fc.property(keys, gaps, (text, pauses) => {
        expect(read(timed(typed(text.join('')), pauses))).toEqual([])
      }),
    )
  })

  it('is nothing where a few keys come at once', () => {
    expect(read(fast(typed('asdf\r')))).toEqual([])
    expect(read(timed(typed('typing with both hands\r'), [90, 20, 70]))).toEqual([])
  })

  it('is nothing with an input method and with chords either', () => {
    const composed = typed('tieengs Vieetj').map((stroke) => ({ ...stroke, keyCode: 229, key: 'Process' }))
    const chords = ['KeyR', 'KeyT', 'KeyW', 'KeyN', 'Digit0', 'Equal'].flatMap((of) => press(of, { ctrlKey: true }))
    expect([...read(timed(composed, 80)), ...read(timed(chords, 300))]).toEqual([])
  })
})

describe('a reader that is set to a prefix', () => {
  it('is known by it at any speed of a reader', () => {
    expect(read(timed(typed('<slow reader\r'), 100))).toEqual([])
    expect(read(timed(typed('<slow reader\r'), 100), ['<'])).toEqual(['<slow reader'])
    expect(read(timed(typed('slow reader\r'), 100), ['<'])).toEqual([])
    expect(read(timed(typed('<slow reader\r'), 100), [''])).toEqual([])
  })

  it('is not the person who types it', () => {
    expect(read(timed(typed('<slow reader\r'), 200), ['<s'])).toEqual([])
  })
})

describe('a burst that cannot be the code', () => {
  const input = typed('https://example.com/')

  it.each<[string, Partial<Keystroke>]>([
    ['a key that an input method took', { key: 'Process', keyCode: 229 }],
    ['a key in the middle of a composition', { isComposing: true }],
    ['a character that a program sent', { code: 'KeyA', key: 'â', keyCode: 231 }],
    ['a key without a place', { code: '' }],
    ['Backspace', { code: 'Backspace', key: 'Backspace', keyCode: 8 }],
  ])('is one with %s, up to the next silence', (_name, key) => {
    const strokes = [...input, ...press('KeyA', key), ...typed('aa\rmore of it\r')]
    expect(read([...fast(strokes), ...fast(typed('next one\r'), 5000)])).toEqual(['input-method', 'next one'])
  })

  it.each<[string, string, Partial<Keystroke>]>([
    ['Ctrl', 'KeyO', { ctrlKey: true }],
    ['Alt', 'F4', { altKey: true }],
    ['the logo key', 'KeyR', { metaKey: true }],
    ['AltGr, which is Ctrl and Alt', 'Numpad4', { ctrlKey: true, altKey: true }],
    ['Ctrl, of which the other key never came', 'ControlLeft', { ctrlKey: true }],
    ['Alt, of which the other key never came', 'AltLeft', { altKey: true }],
    ['the logo key, of which the other key never came', 'MetaRight', { metaKey: true }],
  ])('is one with %s, up to the next silence', (_name, chord, held) => {
    const strokes = [...press(chord, held), ...typed('cmd\rformat c:\r')]
    expect(read([...fast(strokes), ...fast(typed('next one\r'), 5000)])).toEqual(['chord', 'next one'])
  })
})
