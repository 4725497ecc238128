import type { CredentialFormat } from '../credential.ts'
import { pastDate, toDate } from '../dates.ts'
import { mask } from '../mask.ts'
import { isName } from '../name.ts'
import { documentId, idsOf, insuranceId, Person, type PersonData } from '../person.ts'

/**
 * The personal code that the apps of the epidemic shared (Decision 1405/QĐ-BTTTT of 2021):
 * `document|name|birth date|0 or 1|QID|extension`. The apps may mask what they put in. The signature at its end has
 * neither a published key nor algorithm, and the decision's own sample has a number that does not fit its birth date:
 * neither is checked.
 */
export const pccovid: CredentialFormat = {
  kind: 'pccovid',

  recognise(text) {
    const [, , born = '', declared = '', qid = '', extension, ...rest] = fieldsOf(text)
    const isWhole = extension !== undefined && rest.every((field) => field === '') && rest.length < 2
    return isWhole && datePattern.test(born) && /^[01]$/.test(declared) && /^\S{6,40}$/.test(qid)
  },

  parse(text, { now }) {
    const [document = '', name = '', born = '', , qid = '', extension = ''] = fieldsOf(text)
    const birthDate = birthDateOf(born, now)
    if (!/^[0-9A-Z*]{6,20}$/.test(document) || birthDate === null) return { kind: 'pccovid', check: 'malformed' }
    const readable = isName(name)
    const data: PersonData = {
      document,
      ...(readable ? { name } : {}),
      ...(birthDate === '' ? {} : { birthDate }),
      ...extensionOf(extension),
    }
    const insurance = insuranceId(data.insurance ?? '')
    // A masked QID alone may be that of several people.
    const own = qid.includes('*') ? `pccovid:${[document, name, born, qid].join('|')}` : `qid:${qid}`
    const person = new Person(idsOf([documentId(document), own, insurance], own), data)
    const check = readable ? 'good' : 'check-by-hand'
    return { kind: 'pccovid', check, proof: null, validity: null, person, masked: mask(data) }
  },
}

const datePattern = /^([\d*]{4})[-/]([\d*]{1,2})[-/]([\d*]{1,2})$/

function fieldsOf(text: string): string[] {
  return text.split('|', 8).map((field) => field.trim())
}

/** Empty where the year is masked; null where it cannot be one. */
function birthDateOf(text: string, now: Date): string | null {
  const [, year = '', ...rest] = datePattern.exec(text) ?? []
  if (year.includes('*')) return ''
  const [month = '', day = ''] = rest.map((part) => (part.includes('*') ? '00' : part))
  return pastDate(toDate(year, month, day), now)
}

/**
 * `QID of the helper<sex<insurance<phone<signature`; what is missing or has not its shape is left out. The helper is
 * another person: nothing of them is kept.
 */
function extensionOf(text: string): Pick<PersonData, 'sex' | 'insurance' | 'phone'> {
  const [, sex, insurance = '', phone = ''] = text.split('<', 4).map((part) => part.trim())
  return {
    ...(sex === '1' ? { sex: 'male' } : sex === '2' ? { sex: 'female' } : {}),
    ...(/^[0-9A-Z*]{10,15}$/.test(insurance) ? { insurance } : {}),
    ...(/^\+?[\d*]{9,14}$/.test(phone) ? { phone } : {}),
  }
}
