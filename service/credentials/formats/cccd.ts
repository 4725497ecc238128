import type { CredentialFormat } from './credential.ts'
import { mask } from './mask.ts'
import { Person, type PersonData } from './person.ts'

/** Citizen identity cards of 2021 (7 fields) and 2024 (11 fields), and the 6-field form without the old number. */
export const cccd: CredentialFormat = {
  kind: 'cccd',

  recognise(text) {
    const fields = text.split('|')
    if (!/^\s*\d{12}\s*$/.test(fields[0] ?? '') || fields.length > 13) return false
    if (fields.length >= 7) return datePattern.test(fields[3] ?? '')
    return fields.length === 6 && !/^\d*$/.test(fields[1] ?? '') && datePattern.test(fields[2] ?? '')
  },

  parse(text, { now }) {
    const fields = text.split('|').map((field) => field.trim())
    // The 6-field form lacks the old number, so that every later field stands one place earlier.
    const [document = '', former = '', name = '', born = '', sex = '', address = '', issued = ''] =
      fields.length === 6 ? [fields[0], '', ...fields.slice(1)] : fields
    const birthDate = toDate(born, now)
    if (birthDate === null || !/^(\d{8,12})?$/.test(former)) return { kind: 'cccd', check: 'malformed' }
    // Readers that know ASCII alone destroy names. The rest of the card still says who it is.
    const readable = namePattern.test(name)
    const data: PersonData = {
      document,
      birthDate,
      ...(readable ? { name } : {}),
      ...(former === '' ? {} : { formerDocument: former }),
      ...sexOf(sex),
      ...(address === '' ? {} : { address }),
      ...issuedOf(issued, now),
    }
    const check = readable && agrees(document, birthDate, data.sex) ? 'good' : 'check-by-hand'
    return { kind: 'cccd', check, person: new Person(`vn:${document}`, data), masked: mask(data) }
  },
}

const datePattern = /^\s*(?:\d{8}|\d{2}\/\d{2}\/\d{4}|\d{4})\s*$/
const namePattern = /^[\p{L}\p{M}'’.\- ]{2,100}$/u

/** A clock that shows an earlier time than that of this program is dead, and must not make people unborn. */
const writtenMs = Date.UTC(2026, 10, 21)

/**
 * `ddmmyyyy`, `dd/mm/yyyy` or `yyyy` → `YYYY-MM-DD`; day and month may be `00`. Null: no date, or none of a living
 * person.
 */
function toDate(text: string, now: Date): string | null {
  const [, day = '00', month = '00', year = ''] = /^(?:(\d{2})\/?(\d{2})\/?)?(\d{4})$/.exec(text) ?? []
  const date = `${year}-${month}-${day}`
  // Where the day is counted, it may be tomorrow already.
  const latest = new Date(Math.max(now.getTime(), writtenMs) + 86_400_000).toISOString().slice(0, 10)
  if (year === '' || Number(year) < 1900 || date > latest) return null
  if (day === '00' || month === '00') return Number(month) <= 12 && Number(day) <= 31 ? date : null
  const time = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(date) ? date : null
}

function sexOf(text: string): Pick<PersonData, 'sex'> {
  if (text === 'Nam') return { sex: 'male' }
  return text === 'Nữ' ? { sex: 'female' } : {}
}

function issuedOf(text: string, now: Date): Pick<PersonData, 'documentIssued'> {
  const date = toDate(text, now)
  return date === null ? {} : { documentIssued: date }
}

/** The 4th digit of the number tells century and sex, the 5th and 6th the year of birth (Decree 137/2015, art. 13). */
function agrees(document: string, birthDate: string, sex: PersonData['sex']): boolean {
  const code = Number(document[3])
  const year = 1900 + 100 * Math.floor(code / 2) + Number(document.slice(4, 6))
  return year === Number(birthDate.slice(0, 4)) && sex === (code % 2 === 0 ? 'male' : 'female')
}
