import { isUtf8 } from 'node:buffer'
import type { CredentialFormat, Validity } from '../credential.ts'
import { pastDate, readDate } from '../dates.ts'
import { mask } from '../mask.ts'
import { isName } from '../name.ts'
import { idsOf, insuranceId, Person, type PersonData } from '../person.ts'

/**
 * Health-insurance cards, of paper and of the VssID app. No specification is public; the layout is what cards show. Names
 * and places are UTF-8 in hex, `-` stands for nothing, and `$` ends it after 9, 14 or 16 fields. The check code is no
 * proof, because how it is made is not published. The parent's name (field 10) and the place of issue (15) are not kept.
 */
export const bhyt: CredentialFormat = {
  kind: 'bhyt',

  recognise(text) {
    const fields = fieldsOf(text)
    const [insurance = '', hexName = ''] = fields
    return insurancePattern.test(insurance) && hexPattern.test(hexName) && fields.length >= 10 && fields.at(-1) === '$'
  },

  parse(text, { now }) {
    const fields = fieldsOf(text)
    const [insurance = '', hexName = '', born = '', sex = '', hexAddress = '', , from = '', to = ''] = fields
    const birthDate = pastDate(readDate(born), now)
    if (birthDate === null) return { kind: 'bhyt', check: 'malformed' }
    const name = nameOf(hexName)
    const address = fromHex(hexAddress)
    const data: PersonData = {
      insurance,
      birthDate,
      ...(name === null ? {} : { name }),
      ...(sex === '1' ? { sex: 'male' } : sex === '2' ? { sex: 'female' } : {}),
      ...(address ? { address } : {}),
    }
    const person = new Person(idsOf([insuranceId(insurance)], ''), data)
    const check = name !== null && address !== null && isPlausible(fields) ? 'good' : 'check-by-hand'
    return { kind: 'bhyt', check, proof: null, validity: toValidity(from, to), person, masked: mask(data) }
  },
}

/** A card's number (group, benefit 1–5, province, then the insured's own ten digits) or those ten digits alone. */
const insurancePattern = /^(?:[A-Z]{2}\d{13}|\d{10})$/
const hexPattern = /^[0-9A-Fa-f]+$/
/** More than any card has: what is longer lacks its end. */
const maxFields = 20
const dayMs = 86_400_000
/** The last time that a Date can hold. */
const foreverMs = 8.64e15

function fieldsOf(text: string): string[] {
  return text.split('|', maxFields).map((field) => {
    const value = untilNul(field)
    return value === '-' ? '' : value
  })
}

/** Cards are seen with NULs in their fields: what follows the first says nothing. */
function untilNul(text: string): string {
  const [value = ''] = text.split('\0', 1)
  return value.trim()
}

/** Null where it is not hex of UTF-8. */
function fromHex(hex: string): string | null {
  if (hex === '') return ''
  const bytes = Buffer.from(hex, 'hex')
  if (!hexPattern.test(hex) || hex.length % 2 !== 0 || !isUtf8(bytes)) return null
  return untilNul(bytes.toString('utf8')).normalize('NFC')
}

function nameOf(hex: string): string | null {
  const name = fromHex(hex)
  return name !== null && isName(name) ? name : null
}

function isPlausible(fields: readonly string[]): boolean {
  const [insurance = '', , , sex = '', , place = '', from = '', to = ''] = fields
  // The short form ends before it.
  const checkCode = fields[13]
  return (
    /^(?:[A-Z]{2}[1-5]|\d{3})/.test(insurance) &&
    /^[12]$/.test(sex) &&
    /^\d{2} - \w{3}$/.test(place) &&
    [from, to].every((date) => date === '' || startOfDay(date) !== null) &&
    (checkCode === undefined || /^[0-9A-Fa-f]{16}-\d{4}$/.test(checkCode))
  )
}

/** Whole days in Vietnam. A bound that is missing or unreadable is none. */
function toValidity(from: string, to: string): Validity | null {
  const first = startOfDay(from)
  const last = startOfDay(to)
  if (first === null && last === null) return null
  return { notBefore: first ?? -foreverMs, expires: last === null ? foreverMs : last + dayMs - 1 }
}

function startOfDay(text: string): number | null {
  const date = readDate(text)
  const ms = date === null ? Number.NaN : Date.parse(`${date}T00:00:00+07:00`)
  // A date without its day is none.
  return Number.isNaN(ms) ? null : ms
}
