import type { Masked } from '../../contract/outcome.ts'
import type { PersonData } from './person.ts'

/** The official masking: the given name, which stands last, and the first six characters of a number are hidden. */
export function mask(person: PersonData): Masked {
  return {
    ...(person.name ? { name: maskName(person.name) } : {}),
    ...(person.document ? { document: maskDocument(person.document) } : {}),
    ...(person.birthDate ? { birthYear: Number(person.birthDate.slice(0, 4)) } : {}),
  }
}

function maskName(name: string): string {
  const words = name.split(/\s+/u).filter((word) => word !== '')
  return [...words.slice(0, -1), '***'].join(' ')
}

function maskDocument(number: string): string {
  return number.replace(/^.{1,6}/su, (hidden) => '*'.repeat(hidden.length))
}
