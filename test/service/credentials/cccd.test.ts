import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cccd } from '../../../service/credentials/formats/cccd.ts'
import { Person } from '../../../service/credentials/person.ts'
import { noTrust } from '../../../service/credentials/trust.ts'
import { cccdExamples } from '../../support/examples.ts'
import { anyCard, cardOf, cccdOf, toCccd } from '../../support/people.ts'

const now = new Date('2026-11-21T08:30:00+07:00')
const key = new Uint8Array(32)

function read(text: string, at = now) {
  return cccd.recognise(text, null) ? cccd.parse(text, { trust: noTrust, now: at }) : null
}

function personOf(text: string) {
  const credential = read(text)
  return credential !== null && 'person' in credential ? credential.person : null
}

const revealed = (text: string) => personOf(text)?.reveal()

/** The first example with one field replaced. */
function withField(index: number, value: string): string {
  return cccdExamples.card2021.split('|').with(index, value).join('|')
}

describe('a citizen card', () => {
  it.each(Object.entries(cccdExamples))('is read in the form %s', (_form, text) => {
    expect(read(text)).toMatchObject({ kind: 'cccd', check: 'good' })
  })

  it('gives every field its meaning', () => {
    expect(revealed(cccdExamples.card2021)).toEqual({
      document: '001090000001',
      formerDocument: '010000001',
      name: 'Nguyễn Văn Mẫu',
      birthDate: '1990-01-15',
      sex: 'male',
      address: 'Số 1 phố Mẫu, Phúc Xá, Ba Đình, Hà Nội',
      documentIssued: '2021-07-01',
    })
    expect(revealed(cccdExamples.sixFields)).toEqual({
      document: '094083000005',
      name: 'Nguyễn Zalo Mẫu',
      birthDate: '1983-03-21',
      sex: 'male',
      address: 'Khóm 2, Phường 9, TP Sóc Trăng',
      documentIssued: '2021-04-06',
    })
  })

  it('keeps the names of parents and their numbers to itself', () => {
    expect(JSON.stringify(revealed(cccdExamples.child))).not.toMatch(/Cha|Mẹ/)
    expect(revealed(`${cccdExamples.card2021}|001060000009||||`)).toEqual(revealed(cccdExamples.card2021))
    expect(personOf(`${cccdExamples.card2021}|001060000009|`)?.subjects(key)).toHaveLength(2)
  })

  it.each([8, 9, 10, 11, 12, 13])('may have %d fields', (count) => {
    expect(read(cccdExamples.card2021 + '|'.repeat(count - 7))).toMatchObject({ kind: 'cccd', check: 'good' })
  })

  it('is known by its number, then by the old one where that has 9 digits', () => {
    const subjects = (...ids: [string, ...string[]]) => new Person(ids, {}).subjects(key)
    expect(personOf(cccdExamples.card2021)?.subjects(key)).toEqual(subjects('vn:001090000001', 'cmnd:010000001'))
    expect(personOf(cccdExamples.noFormer)?.subjects(key)).toEqual(subjects('vn:079185000002'))
    expect(personOf(withField(1, '001090000009'))?.subjects(key)).toEqual(subjects('vn:001090000001'))
  })

  it('may have spaces of any sort around its fields', () => {
    const spaced = cccdExamples.card2021.split('|').map((field) => `\u00a0${field} `)
    expect(revealed(spaced.join('|'))).toEqual(revealed(cccdExamples.card2021))
    expect(read(spaced.join('|'))?.check).toBe('good')
  })

  it.each([
    [cccdExamples.card2021, { name: 'Nguyễn Văn ***', document: '******000001', birthYear: 1990 }],
    [cccdExamples.child, { name: 'Phạm Bé ***', document: '******000004', birthYear: 2020 }],
    [withField(2, 'Mẫu'), { name: '***', document: '******000001', birthYear: 1990 }],
    [withField(2, ' Nguyễn  Mẫu '), { name: 'Nguyễn ***', document: '******000001', birthYear: 1990 }],
  ])('is masked by the official rule', (text, masked) => {
    expect(read(text)).toMatchObject({ masked })
  })

  it('is good whoever it is of, and masks the given name and six digits', () => {
    fc.assert(
      fc.property(anyCard, (card) => {
        const credential = read(toCccd(card))
        expect(credential).toMatchObject({
          kind: 'cccd',
          check: 'good',
          masked: {
            name: [...card.name.split(' ').slice(0, -1), '***'].join(' '),
            document: `******${card.document.slice(6)}`,
            birthYear: Number(card.born.slice(4)),
          },
        })
      }),
    )
  })

  it('is good for all 10,000 invented people, of whom no two are the same', () => {
    const numbers = new Set<string>()
    for (let n = 0; n < 10_000; n++) {
      expect(read(cccdOf(n))?.check).toBe('good')
      numbers.add(cardOf(n).document)
    }
    expect(numbers.size).toBe(10_000)
  })

  it.each([
    ['the sex does not fit the number', withField(4, 'Nữ')],
    ['the sex is unknown', withField(4, 'X')],
    ['the year of birth does not fit the number', withField(3, '15011991')],
    ['the century does not fit the number', withField(0, '001290000001')],
    ['the sex is missing', withField(4, '')],
    ['the old number has 8 digits', withField(1, '01000000')],
    ['the old number has 10 digits', withField(1, '0100000001')],
    ['the old number has 12 digits', withField(1, '010000000001')],
    ['the number is of a birth abroad', withField(0, '100090000001')],
    ['the date of issue is missing', withField(6, '')],
    ['the date of issue is none', withField(6, '31022022')],
    ['the date of issue is to come', withField(6, '01072030')],
    ['it was issued before there were such cards', withField(6, '31122020')],
    ['the name is missing', withField(2, '')],
    ['the name is missing in six fields', cccdExamples.sixFields.replace('Nguyễn Zalo Mẫu', '')],
    ['the name did not survive the reader', withField(2, 'Nguy?n V?n M?u')],
    ['the name is misread UTF-8', withField(2, 'Nguyá»…n VÄƒn Máº«u')],
    ['the name has a letter that lost a byte', withField(2, 'Äinh Văn Mẫu')],
    ['the name was read as another script', withField(2, 'Nguyテn Văn Mẫu')],
    ['the name has letters that are none', withField(2, 'Nguyªn Văn Mẫu')],
    ['the name is dashes', withField(2, '---')],
  ])('is to be checked by hand when %s', (_what, text) => {
    expect(read(text)).toMatchObject({ kind: 'cccd', check: 'check-by-hand' })
  })

  it('knows 63 provinces', () => {
    const codes = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'))
    const known = codes.filter((code) => read(withField(0, `${code}090000001`))?.check === 'good')
    expect(known).toHaveLength(63)
    expect([known.at(0), known.at(-1)]).toEqual(['001', '096'])
    expect(known).not.toContain('003')
  })

  it('shows nothing of a name that cannot be one', () => {
    expect(read(withField(2, '<b>Mẫu</b> 1'))).toMatchObject({
      masked: { document: '******000001', birthYear: 1990 },
    })
  })

  it.each([
    ['day and month are 00', '00001990', '1990-00-00'],
    ['the day is 00', '00051990', '1990-05-00'],
    ['there is only a year', '1990', '1990-00-00'],
    ['it is written with strokes', '15/01/1990', '1990-01-15'],
    ['spaces stand around it', ' 15011990 ', '1990-01-15'],
    ['it is a leap day', '29021992', '1992-02-29'],
    ['it is today', '21112026', '2026-11-21'],
  ])('takes a birth date where %s', (_what, text, birthDate) => {
    expect(revealed(withField(3, text))).toMatchObject({ birthDate })
  })

  it.each([
    ['99999999'],
    ['00000000'],
    ['31021990'],
    ['29021991'],
    ['15131990'],
    ['32001990'],
    ['31121899'],
    ['21112027'],
  ])('is malformed with the birth date %s', (text) => {
    expect(read(withField(3, text))).toEqual({ kind: 'cccd', check: 'malformed' })
  })

  it.each(['', ' '])('is malformed where the next card is glued to it (%j)', (between) => {
    expect(read(`${cccdExamples.card2021}${between}${cccdExamples.noFormer}`)?.check).toBe('malformed')
  })

  it('keeps a name with a space that does not break', () => {
    expect(revealed(withField(2, 'Nguyễn\u00A0Văn\u00A0Mẫu'))?.name).toBe('Nguyễn Văn Mẫu')
  })

  it.each([['01000'], ['0100000000001'], ['B0000001']])('is malformed with the old number %s', (former) => {
    expect(read(withField(1, former))).toEqual({ kind: 'cccd', check: 'malformed' })
  })

  it('may be issued on a day that is not told', () => {
    expect(read(withField(6, '00002022'))).toMatchObject({ check: 'good' })
    expect(revealed(withField(6, '00002022'))).toMatchObject({ documentIssued: '2022-00-00' })
  })

  it('measures birth dates by the time it is given', () => {
    const text = withField(3, '01012030').replace('001090', '001230')
    expect(read(text, new Date('2030-01-02T00:00:00Z'))?.check).toBe('good')
    expect(read(text, new Date('2029-12-30T00:00:00Z'))?.check).toBe('malformed')
  })

  it('takes a birth on this day in Vietnam while it is the day before elsewhere', () => {
    const text = withField(3, '02032030').replace('001090', '001230')
    expect(read(text, new Date('2030-03-02T05:00:00+07:00'))?.check).toBe('good')
  })

  it('does not make people unborn when the clock of the gate is dead', () => {
    expect(read(cccdExamples.card2021, new Date('1970-01-02T00:00:00Z'))?.check).toBe('good')
  })

  it.each([
    ['11 digits', withField(0, '00109000001')],
    ['13 digits', withField(0, '0010900000011')],
    ['five fields', '001090000001|010000001|Nguyễn Văn Mẫu|15011990|Nam'],
    ['fourteen fields', `${cccdExamples.card2021}|||||||`],
    ['no date', withField(3, 'Nam')],
    ['six fields without a name', '001090000001|010000001|15011990|Nam|Hà Nội|01072021'],
    ['the six fields of another card', '001090000001|NGUYEN VAN MAU|1990-01-15|0|163000000000000001|<1<<<'],
    ['the number alone', '001090000001'],
    ['nothing', ''],
    ['bars alone', '|||||||'],
  ])('is not what has %s', (_what, text) => {
    expect(read(text)).toBeNull()
  })

  it('gives a value for any fields', () => {
    const anyField = fc.oneof(
      fc.constantFrom('', '001090000001', '15011990', '00000000', 'Nam', '1990', '٠٠١٠٩٠٠٠٠٠٠١', '\uD800'),
      fc.string({ unit: 'binary', maxLength: 30 }),
    )
    fc.assert(
      fc.property(fc.array(anyField, { maxLength: 15 }), (fields) => {
        for (const text of [fields.join('|'), `001090000001||${fields[0]}|15011990|${fields.join('|')}`]) {
          cccd.recognise(text, null)
          expect(cccd.parse(text, { trust: noTrust, now })).toMatchObject({ kind: 'cccd' })
        }
      }),
      { numRuns: 1000 },
    )
  })
})
