import { randomBytes } from 'node:crypto'
import type { Personal, PublicJwk } from '../sync/protocol.ts'
import type { Credential } from './credentials/credential.ts'
import { Person } from './credentials/person.ts'
import { seal } from './seal.ts'

/**
 * What a visit keeps of a person: masked text, and a box that the gate itself cannot open. `subject` is null: whose hash it
 * is, the store says when the visit is written.
 */
export function toPersonal(credential: Credential, sealTo: PublicJwk | null): Personal {
  const salt = randomBytes(16).toString('base64url')
  if (!('person' in credential)) return { salt, subject: null, masked: {}, sealed: null }
  const { person, masked } = credential
  return { salt, subject: null, masked, sealed: sealTo === null ? null : sealPerson(person, sealTo) }
}

/** Whether a key of a policy can be sealed to: not every point of the right length is one. */
export function canSeal(to: PublicJwk): boolean {
  try {
    sealPerson(new Person([''], {}), to)
    return true
  } catch {
    return false
  }
}

function sealPerson(person: Person, to: PublicJwk): string {
  return seal(JSON.stringify(person.reveal()), to)
}
