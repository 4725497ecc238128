import type { CredentialFormat } from '../credential.ts'
import { mask } from '../mask.ts'
import { documentId, idsOf, insuranceId, Person, type PersonData } from '../person.ts'

/** A person's number alone, as the bar codes of older cards hold it. Somebody has to look it up. */
export const barenum: CredentialFormat = {
  kind: 'barenum',

  recognise: (text) => /^ *(?:\d{9}|\d{10}|\d{12}|[A-Z]{2}\d{13}) *$/.test(text),

  parse(text) {
    const number = text.trim()
    const data = toData(number)
    const ids = [documentId(data.document ?? ''), insuranceId(data.insurance ?? '')]
    const person = new Person(idsOf(ids, `phone:${number}`), data)
    return { kind: 'barenum', check: 'number-only', proof: null, validity: null, person, masked: mask(data) }
  },
}

function toData(number: string): PersonData {
  if (/^0\d{9}$/.test(number)) return { phone: number }
  return /^(?:\d{9}|\d{12})$/.test(number) ? { document: number } : { insurance: number }
}
