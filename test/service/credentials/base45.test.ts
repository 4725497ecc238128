import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase45, undoCapsLock } from '../../../service/credentials/base45.ts'
import { encodeBase45 } from '../../support/issuer.ts'

const text = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString()

describe('Base45', () => {
  it('is decoded as RFC 9285 shows', () => {
    expect(text(decodeBase45('QED8WEX0'))).toBe('ietf!')
    expect(text(decodeBase45('%69 VD92EX0'))).toBe('Hello!!')
    expect(text(decodeBase45('UJCLQE7W581'))).toBe('base-45')
    expect(text(decodeBase45(''))).toBe('')
  })

  it('gives back any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeBase45(encodeBase45(bytes))).toEqual(bytes)
      }),
    )
  })

  it.each(['A', 'AAAA', ':::', 'GGW', '::', '5Z', 'aaa', 'AA|', 'AÀA', 'A\u{1F600}'])('is not %s', (wrong) => {
    expect(decodeBase45(wrong)).toBeNull()
  })
})

it.each([
  ['vng1:ab c', 'VNG1:AB C'],
  ['VNG1:AB C', 'VNG1:AB C'],
  ['VNG1:ab c', 'VNG1:ab c'],
  ['vng1:ſ', 'vng1:ſ'],
  ['vng1:\u{10428}', 'vng1:\u{10428}'],
  ['12:', '12:'],
])('a code typed with Caps Lock is turned back, one of any other letters is not: %s', (typed, code) => {
  expect(undoCapsLock(typed)).toBe(code)
})
