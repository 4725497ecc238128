import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyDecoder, type KeyEvent } from '../../drivers/readers/wedge/decoder.ts'
import { altTyped, dropped, key, press, repeat, typed, withKey } from './wedge-keys.ts'

type Part = KeyEvent[] | 'silence'

/** What comes out, as UTF-8; other bytes as in `<e9>`. */
function decoded(...parts: readonly Part[]): string[] {
  const decoder = new KeyDecoder()
  const framed = parts.flatMap((part) => (part === 'silence' ? decoder.silence() : decoder.push(part)))
  return framed.map((item) => (item.kind === 'overlong' ? 'OVERLONG' : text(item.bytes)))
}

function text(bytes: Uint8Array): string {
  const utf8 = Buffer.from(bytes).toString()
  return utf8.includes('\uFFFD') ? `<${Buffer.from(bytes).toString('hex')}>` : utf8
}

const ascii = Array.from({ length: 95 }, (_, n) => String.fromCharCode(0x20 + n)).join('')

describe('the keys of a wedge reader', () => {
  it.each([
    ['printable ASCII', ascii],
    ['a citizen card', '001090000001|010000001|Nguyen Van Mau|15011990|Nam|So 1 pho Mau|01072021||||'],
    ['a health certificate', 'HC1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE'],
    ['a health insurance card', 'GD4010000000001|4E677579E1BB856E2056C4836E204DE1BAAB75|01/01/1990|1|$'],
    ['a link', 'https://example.com/?q=a&b=~#c'],
  ])('are %s', (_name, code) => {
    expect(decoded(typed(`${code}\r`))).toEqual([code])
  })

  it('are the same however they are split, for any ASCII', () => {
    const code = fc.string({ unit: fc.constantFrom(...ascii), minLength: 1, maxLength: 60 })
    const startsNoLines = (of: string) => !/^(\][A-Za-z][0-9A-Za-z])*BEGIN:/i.test(of)
    const codes = fc.array(code.filter(startsNoLines), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(codes, fc.integer({ min: 1, max: 64 }), (all, size) => {
        const events = all.flatMap((of) => typed(`${of}\r`))
        const pieces = Array.from({ length: Math.ceil(events.length / size) }, (_, n) =>
          events.slice(n * size, (n + 1) * size),
        )
        expect(decoded(...pieces)).toEqual(all)
      }),
    )
  })

  it.each<[string, Part]>([
    ['Enter', typed('\r')],
    ['Tab', typed('\t')],
    ['Enter of the keypad', press(key.keypadEnter)],
    ['silence', 'silence'],
  ])('make a message at %s', (_name, end) => {
    expect(decoded(typed('A1'), end, typed('B2'), end)).toEqual(['A1', 'B2'])
  })

  it('keep the lines of a vCard together', () => {
    expect(decoded(typed('BEGIN:VCARD\rFN:An\rEND:VCARD\r'))).toEqual(['BEGIN:VCARD\rFN:An\rEND:VCARD'])
  })

  it('are those of the keypad too, whatever Num Lock says', () => {
    const codes = [82, 79, 80, 81, 75, 76, 77, 71, 72, 73, 98, 55, 74, 78, 83]
    expect(decoded(codes.flatMap(press), 'silence')).toEqual(['0123456789/*-+.'])
  })

  it('count with either Shift key, and with Caps Lock as without', () => {
    const rightShift = withKey(54, press(30))
    expect(decoded(press(key.capsLock), typed('aB'), rightShift, press(key.capsLock), 'silence')).toEqual(['aBA'])
  })

  it('count once while they are held down, and those without a character never', () => {
    expect(decoded([...press(30), ...repeat(30), ...repeat(30)], press(key.f1), press(500), 'silence')).toEqual(['a'])
    expect(decoded(withKey(key.shift, [...repeat(key.shift), ...press(30)]), 'silence')).toEqual(['A'])
  })

  it('make the separator of GS1 codes with Ctrl, and nothing with the logo key', () => {
    const separator = withKey(key.ctrl, press(27))
    expect(decoded(typed('01'), separator, withKey(key.meta, typed('r')), typed('10'), 'silence')).toEqual(['01\x1d10'])
  })
})

describe('Alt and the keypad', () => {
  it('type the bytes of UTF-8', () => {
    const bytes = [...Buffer.from('Nguyễn')].map((byte) => altTyped(`0${byte}`))
    expect(decoded(...bytes, 'silence')).toEqual(['Nguyễn'])
  })

  it("type bytes of the reader's code page", () => {
    expect(decoded(typed('L'), altTyped('0234'), 'silence')).toEqual(['<4cea>'])
  })

  it('type code points, of which those up to 255 are known by the others of their line', () => {
    expect(decoded(typed('Tr'), altTyped('7847'), typed('n H'), altTyped('242'), typed('a\r'))).toEqual(['Trần Hòa'])
    expect(decoded(altTyped('128512'), 'silence')).toEqual(['😀'])
  })

  it('type nothing that is no character', () => {
    const none = ['55296', '1114112', '9'.repeat(400)].map(altTyped)
    expect(decoded(typed('a'), ...none, withKey(key.alt, typed('x')), typed('b\r'))).toEqual(['ab'])
  })

  it('are left alone by AltGr', () => {
    expect(decoded(withKey(key.altGr, press(79)), 'silence')).toEqual(['1'])
  })
})

describe('a message of a wedge reader', () => {
  it('is dropped up to the next silence when the system lost some of its keys', () => {
    const lossy = [...typed('https://exa'), dropped, ...press(30), ...typed('mple.com/\rrest\r')]
    expect(decoded(lossy, typed('more\r'), 'silence', typed('next\r'))).toEqual(['next'])
  })

  it('is dropped with the lines that came before', () => {
    expect(decoded(typed('BEGIN:VCARD\rFN:An\r'), [dropped], typed('END:VCARD\r'), 'silence')).toEqual([])
  })

  it('does not go on with a Shift whose release was lost', () => {
    const down = withKey(key.shift, []).slice(0, 3)
    expect(decoded([...down, dropped], 'silence', typed('a\r'))).toEqual(['a'])
  })

  it('is reported once when it is longer than any code, and the next one is read', () => {
    expect(decoded(typed('A'.repeat(20_000)), typed('\rB\r'))).toEqual(['OVERLONG', 'B'])
    expect(decoded(typed('A'.repeat(8193)))).toEqual(['OVERLONG'])
    expect(decoded(typed('A'.repeat(8192)), 'silence')).toEqual(['A'.repeat(8192)])
  })
})
