import type { Masked } from '../../contract/outcome.ts'
import type { PersonData } from './person.ts'
import { isProvince } from './provinces.ts'

/**
 * The official masking (Decision 1405/QĐ-BTTTT, Decision 2666/QĐ-BYT): the given name, which stands last, the first six
 * characters of a document's number, day and month of birth, and of an address all but the province are hidden.
 */
export function mask(person: PersonData): Masked {
  const { name, birthDate, sex, address, phone, certificate } = person
  const document = person.document ? hideFirst(person.document, 6) : maskInsurance(person.insurance)
  const year = Number(birthDate?.slice(0, 4))
  return {
    ...(name ? { name: maskName(name) } : {}),
    ...(document ? { document } : {}),
    ...(year > 0 ? { birthYear: year } : {}),
    ...(sex ? { sex } : {}),
    ...(address ? { address: maskAddress(address) } : {}),
    ...(phone ? { phone: hideAfter(phone, 4) } : {}),
    ...(certificate ? { certificate } : {}),
  }
}

/** `Nguyễn Hoàng`, `Văn Mẫu` → `N. V. M.`: of the family name one initial, of the given names all. */
export function maskInitials(family: string, given: string): string {
  return [...wordsOf(family).slice(0, 1), ...wordsOf(given)].map(([initial]) => `${initial}.`).join(' ')
}

/** From the last word that has a letter on: a dash behind the given name must not be taken for it. */
function maskName(name: string): string {
  const words = wordsOf(name)
  const given = words.findLastIndex((word) => /\p{L}/u.test(word))
  return [...words.slice(0, Math.max(given, 0)), '***'].join(' ')
}

function wordsOf(name: string): string[] {
  return name.split(/\s+/u).filter((word) => word !== '')
}

/** The province, where the address ends in one: anything else may be a street, or somebody's name. */
function maskAddress(address: string): string {
  const last =
    address
      .split(',')
      .findLast((part) => part.trim() !== '')
      ?.trim() ?? ''
  return isProvince(last) ? `***, ${last}` : '***'
}

/** Of a card's number the first six characters are the group and the province; the ten digits of a person hide those. */
function maskInsurance(number: string | undefined): string | undefined {
  if (number === undefined) return undefined
  return number.length === 10 ? hideFirst(number, 6) : hideAfter(number, 6)
}

function hideFirst(text: string, count: number): string {
  return Array.from(text, (character, i) => (i < count ? '*' : character)).join('')
}

function hideAfter(text: string, count: number): string {
  return Array.from(text, (character, i) => (i < count ? character : '*')).join('')
}
