import type { CredentialFormat } from '../credential.ts'
import { datePattern, pastDate, readDate } from '../dates.ts'
import { mask } from '../mask.ts'
import { isName } from '../name.ts'
import { documentId, idsOf, Person, type PersonData } from '../person.ts'

/**
 * Citizen identity cards: 7 fields since 2021, more since 2024 (Circular 16/2024/TT-BCA), and a 6-field form without the
 * old number. Nothing in it is signed.
 */
export const cccd: CredentialFormat = {
  kind: 'cccd',

  recognise(text) {
    const fields = fieldsOf(text)
    if (!/^\d{12}$/.test(fields[0] ?? '') || fields.length > maxFields) return false
    if (fields.length >= 7) return datePattern.test(fields[3] ?? '')
    return fields.length === 6 && !/^\d+$/.test(fields[1] ?? '') && datePattern.test(fields[2] ?? '')
  },

  parse(text, { now }) {
    const fields = fieldsOf(text)
    // The 6-field form lacks the old number, so that every later field stands one place earlier. What follows the 7th
    // field is not kept: its order is unpublished, and it names the parents and may hold their numbers.
    const [document = '', former = '', name = '', born = '', sex = '', address = '', issued = ''] =
      fields.length === 6 ? [fields[0], '', ...fields.slice(1)] : fields
    const birthDate = pastDate(readDate(born), now)
    const isTorn = birthDate === null || !/^(\d{8,12})?$/.test(former) || glued.test(issued)
    if (isTorn) return { kind: 'cccd', check: 'malformed' }
    const documentIssued = pastDate(readDate(issued), now)
    // Readers that know ASCII alone destroy names. The rest of the card still says who it is.
    const readable = isName(name) && !damage.test(name)
    const data: PersonData = {
      document,
      birthDate,
      ...(readable ? { name } : {}),
      ...(former === '' ? {} : { formerDocument: former }),
      ...sexOf(sex),
      ...(address === '' ? {} : { address }),
      ...(documentIssued === null ? {} : { documentIssued }),
    }
    const check = readable && isPlausible(data) && agrees(document, birthDate, data.sex) ? 'good' : 'check-by-hand'
    const formerId = former.length === 9 ? documentId(former) : null
    const person = new Person(idsOf([documentId(document), formerId], ''), data)
    return { kind: 'cccd', check, proof: null, validity: null, person, masked: mask(data) }
  },
}

const maxFields = 13

/** The number of the next card behind the date of issue: the reader sent no end of message between two people. */
const glued = /\d{8}\s*\d{12}$/

/** Vietnamese does without these: each is a letter such as Đ that lost the second of its two bytes. */
const damage = /[ÄÅÆäåæ]/

/** The provinces that register births (Circulars 07/2016/TT-BCA and 59/2021/TT-BCA). Other codes are of births abroad. */
const provinces: ReadonlySet<string> = new Set(
  (
    '001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 ' +
    '044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 ' +
    '089 091 092 093 094 095 096'
  ).split(' '),
)

function fieldsOf(text: string): string[] {
  return text.split('|', maxFields + 1).map((field) => field.replaceAll('\u00A0', ' ').trim())
}

function sexOf(text: string): Pick<PersonData, 'sex'> {
  if (text === 'Nam') return { sex: 'male' }
  return text === 'Nữ' ? { sex: 'female' } : {}
}

/** Cards with this code were first issued in 2021; they follow numbers of 9 digits. */
function isPlausible({ document = '', formerDocument = '', documentIssued = '' }: PersonData): boolean {
  return provinces.has(document.slice(0, 3)) && /^(\d{9})?$/.test(formerDocument) && documentIssued >= '2021'
}

/** The 4th digit of the number tells century and sex, the 5th and 6th the year of birth (Decree 137/2015, art. 13). */
function agrees(document: string, birthDate: string, sex: PersonData['sex']): boolean {
  const code = Number(document[3])
  const year = 1900 + 100 * Math.floor(code / 2) + Number(document.slice(4, 6))
  return year === Number(birthDate.slice(0, 4)) && sex === (code % 2 === 0 ? 'male' : 'female')
}
