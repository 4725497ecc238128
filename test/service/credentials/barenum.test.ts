import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Masked } from '../../../contract/outcome.ts'
import { barenum } from '../../../service/credentials/formats/barenum.ts'
import { Person, type PersonData } from '../../../service/credentials/person.ts'
import { noTrust } from '../../../service/credentials/trust.ts'

const reading = { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') }
const key = new Uint8Array(32)
const subjectsOf = (...ids: [string, ...string[]]) => new Person(ids, {}).subjects(key)

function read(text: string) {
  const credential = barenum.recognise(text, null) ? barenum.parse(text, reading) : null
  return credential !== null && 'person' in credential ? credential : null
}

describe('a number alone', () => {
  it.each<[string, string, string, PersonData, Masked]>([
    ['a citizen', '001090000001', 'vn:001090000001', { document: '001090000001' }, { document: '******000001' }],
    ['an old identity card', '010000001', 'cmnd:010000001', { document: '010000001' }, { document: '******001' }],
    ['a phone', '0900000001', 'phone:0900000001', { phone: '0900000001' }, { phone: '0900******' }],
    ['an insured person', '7900000001', 'bhxh:7900000001', { insurance: '7900000001' }, { document: '******0001' }],
    [
      'an insurance card',
      'GD4017900000001',
      'bhxh:7900000001',
      { insurance: 'GD4017900000001' },
      { document: 'GD4017*********' },
    ],
  ])('is one of %s', (_whose, text, id, data, masked) => {
    const credential = read(text)
    expect(credential).toMatchObject({ kind: 'barenum', check: 'number-only', proof: null, validity: null })
    expect(credential?.person.reveal()).toEqual(data)
    expect(credential?.person.subjects(key)).toEqual(subjectsOf(id))
    expect(credential?.masked).toEqual(masked)
  })

  it.each([
    ['8 digits', '01000000'],
    ['11 digits', '00109000001'],
    ['13 digits, as goods have', '8930000000000'],
    ['letters in small', 'gd4010000000001'],
    ['a bar behind it', '001090000001|'],
    ['digits of another script', '٠٠١٠٩٠٠٠٠٠٠١'],
    ['a second line', '001090000001\n001090000001'],
    ['nothing', ''],
  ])('is not what has %s', (_what, text) => {
    expect(read(text)).toBeNull()
  })

  it('gives a value for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(barenum.parse(text, reading)).toMatchObject({ kind: 'barenum' })
      }),
    )
  })
})
