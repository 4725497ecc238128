import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bhyt } from '../../../service/credentials/formats/bhyt.ts'
import { Person } from '../../../service/credentials/person.ts'
import { noTrust } from '../../../service/credentials/trust.ts'
import { bhytExamples } from '../../support/examples.ts'

const reading = { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') }
const key = new Uint8Array(32)
const read = (text: string) => (bhyt.recognise(text, null) ? bhyt.parse(text, reading) : null)
const toHex = (text: string) => Buffer.from(text).toString('hex')

function personal(text: string) {
  const credential = read(text)
  return credential !== null && 'person' in credential ? credential : null
}

const revealed = (text: string) => personal(text)?.person.reveal()

/** The first example with one field replaced. */
function withField(index: number, value: string): string {
  return bhytExamples.card.split('|').with(index, value).join('|')
}

describe('a health-insurance card', () => {
  it.each([
    ...Object.entries(bhytExamples),
    ['tenFields', [...bhytExamples.card.split('|').slice(0, 9), '$'].join('|')],
  ])('is read in the form %s', (_form, text) => {
    expect(read(text)).toMatchObject({ kind: 'bhyt', check: 'good', proof: null })
  })

  it('gives every field its meaning', () => {
    expect(revealed(bhytExamples.card)).toEqual({
      insurance: 'GD4010000000001',
      name: 'Nguyễn Văn Mẫu',
      birthDate: '1990-01-15',
      sex: 'male',
      address: 'Số 1 phố Mẫu, Hà Nội',
    })
    expect(revealed(bhytExamples.yearOnly)).toEqual({
      insurance: '0100000002',
      name: 'Lê Thử Nghiệm',
      birthDate: '1950-00-00',
      sex: 'male',
    })
  })

  it('keeps the name of a parent and the place of issue to itself', () => {
    const told = revealed(bhytExamples.seventeenFields.split('|').with(10, toHex('Trần Cha Mẫu')).join('|'))
    expect(told).toEqual({
      insurance: '0100000001',
      name: 'Trần Thị Ví Dụ',
      birthDate: '1985-11-20',
      sex: 'female',
    })
  })

  it('is of the same person in its long number and in its short one', () => {
    const subjects = new Person(['bhxh:0100000001'], {}).subjects(key)
    expect(personal(withField(0, 'GD4010100000001'))?.person.subjects(key)).toEqual(subjects)
    expect(personal(withField(0, '0100000001'))?.person.subjects(key)).toEqual(subjects)
  })

  it('is masked by the official rule', () => {
    expect(personal(bhytExamples.card)?.masked).toEqual({
      name: 'Nguyễn Văn ***',
      document: 'GD4010*********',
      birthYear: 1990,
      sex: 'male',
      address: '***, Hà Nội',
    })
    expect(personal(bhytExamples.yearOnly)?.masked).toMatchObject({ document: '******0002', birthYear: 1950 })
  })

  it('takes its fields as far as their first NUL, in hex and out of it', () => {
    const fields = bhytExamples.card.split('|').map((field) => `${field}\0\u0001`)
    expect(revealed(fields.join('|'))).toEqual(revealed(bhytExamples.card))
    expect(revealed(withField(1, toHex('Nguyễn Văn Mẫu\0\u0001')))).toEqual(revealed(bhytExamples.card))
  })

  it('has the same name however its letters are composed', () => {
    expect(revealed(withField(1, toHex('Nguyễn Văn Mẫu'.normalize('NFD'))))).toEqual(revealed(bhytExamples.card))
  })
})

describe('the validity of a health-insurance card', () => {
  const valid = (from: string, to: string) => bhytExamples.card.split('|').with(6, from).with(7, to).join('|')
  const firstMs = Date.parse('2024-01-01T00:00:00+07:00')
  const lastMs = Date.parse('2024-12-31T23:59:59.999+07:00')
  const everMs = 8.64e15

  it.each([
    ['01/01/2024', '31/12/2024', { notBefore: firstMs, expires: lastMs }],
    ['01/01/2024', '-', { notBefore: firstMs, expires: everMs }],
    ['-', '31/12/2024', { notBefore: -everMs, expires: lastMs }],
    ['-', '-', null],
  ])('is whole days in Vietnam, from %s to %s', (from, to, validity) => {
    expect(read(valid(from, to))).toMatchObject({ check: 'good', validity })
  })

  it.each([
    ['31/02/2024', '31/12/2024', { notBefore: -everMs, expires: lastMs }],
    ['01/01/2024', '00/12/2024', { notBefore: firstMs, expires: everMs }],
    ['2024', 'mai', null],
  ])('has no bound that is not a date, as from %s to %s', (from, to, validity) => {
    expect(read(valid(from, to))).toMatchObject({ check: 'check-by-hand', validity })
  })
})

describe('what is wrong with a health-insurance card', () => {
  it.each([
    ['has an odd length', toHex('Nguyễn Văn Mẫu').slice(0, -1)],
    ['is not UTF-8', 'FFFE'],
    ['is no name', toHex('<b>1</b>')],
    ['ends before it begins', toHex('\0Mẫu')],
  ])('has it checked by hand, without a name, when the name %s', (_what, hex) => {
    const credential = personal(withField(1, hex))
    expect(credential).toMatchObject({ kind: 'bhyt', check: 'check-by-hand', masked: { document: 'GD4010*********' } })
    expect(credential?.person.reveal()).not.toHaveProperty('name')
  })

  it.each([
    ['the benefit', withField(0, 'GD0010000000001')],
    ['the benefit', withField(0, 'GD6010000000001')],
    ['the sex', withField(3, '3')],
    ['the address', withField(4, 'Hà Nội')],
    ['the address', withField(4, 'FF')],
    ['the place of care', withField(5, '01-001')],
    ['the place of care', withField(5, '01 - 0011')],
    ['the check code', withField(13, '0123456789abcdef')],
    ['the check code', withField(13, '0123456789abcdeg-1202')],
  ])('has it checked by hand when it is %s: %s', (_what, text) => {
    expect(read(text)).toMatchObject({ kind: 'bhyt', check: 'check-by-hand' })
  })

  it.each(['31/02/1990', '15/13/1990', '21/11/2027', '31/12/1899', '99999999', '-', ''])(
    'makes it malformed when the birth date is %j',
    (born) => {
      expect(read(withField(2, born))).toEqual({ kind: 'bhyt', check: 'malformed' })
    },
  )

  it.each([
    ['nine fields', [...bhytExamples.card.split('|').slice(0, 8), '$'].join('|')],
    ['21 fields', bhytExamples.card.replace('$', '-|-|-|-|-|-|$')],
    ['no end', bhytExamples.card.slice(0, -1)],
    ['a number of 14 characters', withField(0, 'GD401000000001')],
    ['a name that is not hex', withField(1, 'Nguyễn Văn Mẫu')],
    ['no name', withField(1, '')],
    ['nothing', ''],
  ])('makes it another code when it has %s', (_what, text) => {
    expect(read(text)).toBeNull()
  })

  it('never is more than a value', () => {
    const anyHex = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('hex'))
    const anyField = fc.oneof(fc.constantFrom('', '-', '15/01/1990', '1'), anyHex, fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(anyHex, fc.array(anyField, { minLength: 7, maxLength: 18 }), (name, fields) => {
        for (const born of ['15/01/1990', fields[0]]) {
          const text = ['GD4010000000001', name, born, ...fields.slice(1), '$'].join('|')
          expect(bhyt.parse(text, reading)).toMatchObject({ kind: 'bhyt' })
        }
        expect(bhyt.parse(fields.join('|'), reading)).toMatchObject({ kind: 'bhyt' })
      }),
      { numRuns: 1000 },
    )
  })
})
