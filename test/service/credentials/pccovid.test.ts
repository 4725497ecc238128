import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cccd } from '../../../service/credentials/formats/cccd.ts'
import { pccovid } from '../../../service/credentials/formats/pccovid.ts'
import { Person } from '../../../service/credentials/person.ts'
import { noTrust } from '../../../service/credentials/trust.ts'
import { cccdExamples, pccovidExamples } from '../../support/examples.ts'

const reading = { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') }
const key = new Uint8Array(32)
const read = (text: string) => (pccovid.recognise(text, null) ? pccovid.parse(text, reading) : null)

function personal(text: string) {
  const credential = read(text)
  return credential !== null && 'person' in credential ? credential : null
}

const revealed = (text: string) => personal(text)?.person.reveal()

/** The first example with one field replaced. */
function withField(index: number, value: string): string {
  return pccovidExamples.full.split('|').with(index, value).join('|')
}

describe('the code of the epidemic apps', () => {
  it.each(Object.entries(pccovidExamples))('is read in the form %s', (_form, text) => {
    expect(read(text)).toMatchObject({ kind: 'pccovid', check: 'good', proof: null, validity: null })
  })

  it('is read with a bar too many behind it', () => {
    expect(revealed(`${pccovidExamples.full}|`)).toEqual(revealed(pccovidExamples.full))
  })

  it('gives every field its meaning', () => {
    expect(revealed(pccovidExamples.full)).toEqual({
      document: '001090000001',
      name: 'NGUYEN VAN MAU',
      birthDate: '1990-01-15',
      sex: 'male',
      insurance: 'GD4010000000001',
      phone: '0900000001',
    })
    expect(revealed(pccovidExamples.masked)).toEqual({
      document: '******000002',
      name: 'TRAN THI VI DU',
      birthDate: '1985-00-00',
      sex: 'female',
      insurance: 'GD4010*********',
      phone: '0900******',
    })
    expect(revealed(pccovidExamples.noExtension)).toEqual({
      document: '010000001',
      name: 'PHAM VI DU',
      birthDate: '1970-06-05',
    })
  })

  it.each<[string, string, [string, ...string[]]]>([
    [
      'number, QID and insurance',
      pccovidExamples.full,
      ['vn:001090000001', 'qid:163000000000000001', 'bhxh:0000000001'],
    ],
    ['the QID where the numbers are masked', pccovidExamples.masked, ['qid:163000000000000002']],
    [
      'all of it where the QID is masked too',
      '******000002|TRAN THI VI DU|1985-**-**|0|163000********0002|',
      ['pccovid:******000002|TRAN THI VI DU|1985-**-**|163000********0002'],
    ],
    ['a passport', pccovidExamples.declaredForAnother, ['doc:B0000001', 'qid:163000000000000003']],
    ['an old card', pccovidExamples.noExtension, ['cmnd:010000001', 'qid:163000000000000004']],
  ])('is known by %s', (_what, text, ids) => {
    expect(personal(text)?.person.subjects(key)).toEqual(new Person(ids, {}).subjects(key))
  })

  it('keeps nothing of the helper and of the signature', () => {
    const text = withField(5, '163000000000000009<1<<0900000001<c2lnbmF0dXJl')
    expect(JSON.stringify(revealed(text))).not.toMatch(/163|c2ln/)
  })

  it('is masked by the official rule', () => {
    expect(personal(pccovidExamples.full)?.masked).toEqual({
      name: 'NGUYEN VAN ***',
      document: '******000001',
      birthYear: 1990,
      sex: 'male',
      phone: '0900******',
    })
    expect(personal(pccovidExamples.masked)?.masked).toEqual({
      name: 'TRAN THI VI ***',
      document: '******000002',
      birthYear: 1985,
      sex: 'female',
      phone: '0900******',
    })
  })

  it('may have a number that does not fit the birth date', () => {
    expect(read(withField(2, '1987-01-15'))).toMatchObject({ check: 'good' })
  })

  it.each([
    ['1990/1/5', '1990-01-05'],
    ['1990-**-15', '1990-00-15'],
    ['1990-1*-**', '1990-00-00'],
    ['2026-11-21', '2026-11-21'],
  ])('takes the birth date %s', (text, birthDate) => {
    expect(revealed(withField(2, text))).toMatchObject({ birthDate })
  })

  it('has no birth date where the year is masked', () => {
    expect(read(withField(2, '19**-01-15'))).toMatchObject({ check: 'good' })
    expect(revealed(withField(2, '19**-01-15'))).not.toHaveProperty('birthDate')
    expect(personal(withField(2, '****-**-**'))?.masked).not.toHaveProperty('birthYear')
  })

  it.each([
    ['<<<<', {}],
    ['<0<0100000001', { insurance: '0100000001' }],
    ['<3<0100000<09<', {}],
    ['<1<<script>alert(1)<0900000001', { sex: 'male' }],
    ['no parts at all', {}],
  ])('leaves out what the extension %s does not tell', (extension, told) => {
    const { document, name, birthDate, ...rest } = revealed(withField(5, extension)) ?? {}
    expect([document, name, birthDate]).toEqual(['001090000001', 'NGUYEN VAN MAU', '1990-01-15'])
    expect(rest).toEqual(told)
  })

  it.each([
    ['the name is missing', withField(1, '')],
    ['the name cannot be one', withField(1, '<b>MAU</b>')],
  ])('is to be checked by hand when %s', (_what, text) => {
    expect(read(text)).toMatchObject({ check: 'check-by-hand', masked: { document: '******000001' } })
    expect(revealed(text)).not.toHaveProperty('name')
  })

  it.each([
    ['a number that is too short', withField(0, '00109')],
    ['a number that is too long', withField(0, '001090000001001090000')],
    ['a number with small letters', withField(0, 'b0000001')],
    ['the day 31 February', withField(2, '1990-02-31')],
    ['the month 13', withField(2, '1990-13-**')],
    ['a birth before 1900', withField(2, '1899-12-31')],
    ['a birth to come', withField(2, '2027-01-01')],
    ['the year 0', withField(2, '0000-**-**')],
  ])('is malformed with %s', (_what, text) => {
    expect(read(text)).toEqual({ kind: 'pccovid', check: 'malformed' })
  })

  it.each([
    ['five fields', pccovidExamples.full.split('|').slice(0, 5).join('|')],
    ['seven fields', `${pccovidExamples.full}|x`],
    ['eight fields', `${pccovidExamples.full}||`],
    ['a date of another order', withField(2, '15-01-1990')],
    ['a sort of declaration that is unknown', withField(3, '2')],
    ['a QID that is too short', withField(4, '16300')],
    ['a QID with spaces', withField(4, '163000 00001')],
    ['the six fields of a citizen card', cccdExamples.sixFields],
    ['nothing', ''],
  ])('is not what has %s', (_what, text) => {
    expect(read(text)).toBeNull()
  })

  it.each(Object.values(pccovidExamples))('is not a citizen card: %s', (text) => {
    expect(cccd.recognise(text, null)).toBe(false)
  })

  it('gives a value for any fields', () => {
    const anyDate = fc.constantFrom('1990-01-15', '****-**-**', '0000/0/0', '9999-99-99')
    const anyField = fc.oneof(fc.constantFrom('', '001090000001', '<', '1', '*'), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(anyField, anyField, anyDate, fc.array(anyField), (document, name, born, rest) => {
        const text = [document, name, born, '0', '163000000000000001', rest.join('<')].join('|')
        expect(pccovid.parse(text, reading)).toMatchObject({ kind: 'pccovid' })
        expect(pccovid.parse(rest.join('|'), reading)).toMatchObject({ kind: 'pccovid' })
      }),
      { numRuns: 1000 },
    )
  })
})
