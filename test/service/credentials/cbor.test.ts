import { encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCbor, decodeDeterministic } from '../../../service/credentials/cbor.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')

describe('CBOR', () => {
  it('gives back what was written', () => {
    const anyItem = fc.letrec((tie) => ({
      item: fc.oneof(
        { maxDepth: 5 },
        fc.maxSafeInteger(),
        fc.string(),
        fc.uint8Array(),
        fc.boolean(),
        fc.array(tie('item')),
        fc.array(fc.tuple(fc.integer(), tie('item'))).map((entries) => new Map(entries)),
      ),
    })).item
    fc.assert(
      fc.property(anyItem, (item) => {
        expect(decodeCbor(Uint8Array.from(encode(item)))).toEqual(item)
      }),
    )
  })

  it('is read to a depth of 32, however an item is opened', () => {
    const openers = ['81', '9f', 'a100', 'bf00', 'c0']
    const nested = (opener: string, depth: number) =>
      bytes(`${opener.repeat(depth)}01${/^[9b]f/.test(opener) ? 'ff'.repeat(depth) : ''}`)
    for (const opener of openers) {
      expect(decodeCbor(nested(opener, 32))).not.toBeUndefined()
      expect(decodeCbor(nested(opener, 33))).toBeUndefined()
    }
  })

  it('is not deep for being wide', () => {
    const wide = Array.from({ length: 100 }, () => [[], new Map([[1, [2]]])])
    expect(decodeCbor(encode(wide))).toEqual(wide)
    expect(decodeCbor(bytes(`9f${'9f01ff'.repeat(100)}ff`))).toEqual(new Array(100).fill([1]))
  })

  it.each([
    ['a key twice', 'a201010102'],
    ['a byte behind it', '0101'],
    ['a missing item', '8201'],
    ['a break that nothing opened', 'ff'],
    ['a break in a list of known length', '82ff'],
    ['an unknown tag', 'c201'],
    ['thousands of items', `99ffff${'00'.repeat(65_535)}`],
    ['a length beyond all memory', '9bffffffffffffffff'],
    ['nothing', ''],
  ])('is refused with %s', (_what, hex) => {
    expect(decodeCbor(bytes(hex))).toBeUndefined()
  })

  it('stands for the date-time that it tags', () => {
    expect(decodeCbor(bytes('82c06161c101'))).toEqual(['a', 1])
  })

  it.each([
    ['an open end', '9f01ff'],
    ['a number in a longer form', '1801'],
    ['keys in another order', 'a202000100'],
    ['a whole number as a fraction', 'f93c00'],
    ['a tag', 'c06161'],
  ])('is read, yet is not deterministic with %s', (_what, hex) => {
    expect(decodeCbor(bytes(hex))).not.toBeUndefined()
    expect(decodeDeterministic(bytes(hex))).toBeUndefined()
  })

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (any) => {
        decodeCbor(any)
        decodeDeterministic(any)
      }),
      { numRuns: 2000 },
    )
  })
})
