import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCredential } from '../../../service/credentials/index.ts'
import { type Claims, makeIssuer } from '../../support/issuer.ts'
import { trusting } from '../../support/trust.ts'

const now = new Date('2026-11-21T01:30:00Z')
const seconds = Math.floor(now.getTime() / 1000)
const issuer = makeIssuer()
const claims: Claims = { iss: 'TEST', iat: seconds, exp: seconds + 600, cti: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7) }
const identity = new Map<number, unknown>([
  [4, 'NGUYEN VAN MAU'],
  [8, '19900115'],
  [9, 1],
])

const read = (code: string) => readCredential(Buffer.from(code), trusting([issuer.entry], now))

describe('a signed code that was changed', () => {
  it('never verifies after any one character was changed, whatever letter of Unicode took its place', () => {
    const code = issuer.mint({ ...claims, identity })
    const codes = [code, code.toLowerCase(), issuer.mint(claims)]
    // Letters that are near to ASCII ones: other cases, the Kelvin sign, fullwidth forms, marks and control characters.
    const nearAscii = fc.constantFrom(
      ...'\u017f\u0131\u212a\u212b\u0149\u01f0\u037e\u1fef\u2126\u00df\u02bc\u0301\u0308\u00a0\u3000\ufeff\u200b',
    )
    const anyCharacter = fc.oneof(
      fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:abcdefghijklmnopqrstuvwxyz|\\]'),
      nearAscii,
      fc.integer({ min: 0, max: 0x1f }).map((unit) => String.fromCharCode(unit)),
      fc.integer({ min: 0xff01, max: 0xff5e }).map((unit) => String.fromCharCode(unit)),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constant(''),
    )
    fc.assert(
      fc.property(fc.constantFrom(...codes), fc.nat(400), anyCharacter, (code, seed, character) => {
        const at = seed % code.length
        fc.pre(code[at] !== character)
        expect(read(code.slice(0, at) + character + code.slice(at + 1)).check).not.toBe('good')
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['K', '\u212a'],
    ['k', '\u212a'],
    ['S', '\u017f'],
    ['s', '\u017f'],
    ['I', '\u0131'],
    ['i', '\u0131'],
    ['A', '\uff21'],
    ['a', '\uff41'],
    ['0', '\uff10'],
  ])('never verifies with another letter for %s: %s', (letter, other) => {
    const upper = issuer.mint({ ...claims, identity: new Map([[4, 'K'.repeat(150)]]) })
    const code = /[a-z]/.test(letter) ? upper.toLowerCase() : upper
    const places = Array.from(code.matchAll(new RegExp(letter, 'g')), ({ index }) => index)
    expect(places.length).toBeGreaterThan(0)
    for (const at of places) expect(read(code.slice(0, at) + other + code.slice(at + 1)).check).not.toBe('good')
  })

  it('never verifies cut short or lengthened', () => {
    const code = issuer.mint({ ...claims, identity })
    for (let length = 0; length < code.length; length++) expect(read(code.slice(0, length)).check).not.toBe('good')
    for (const more of ['0', '00', '000', ' ', code.slice(5)]) expect(read(code + more).check).not.toBe('good')
  })
})
