import { randomBytes } from 'node:crypto'
import { CompactEncrypt, importJWK } from 'jose'
import type { Personal, PublicJwk } from '../sync/protocol.ts'
import type { Credential } from './credentials/credential.ts'
import { Person } from './credentials/person.ts'

/**
 * What a visit keeps of a person: masked text, the keyed hash that `subject` gives, and a box that the gate itself cannot
 * open.
 */
export async function toPersonal(
  credential: Credential,
  subject: string | null,
  sealTo: PublicJwk | null,
): Promise<Personal> {
  const salt = randomBytes(16).toString('base64url')
  if (!('person' in credential)) return { salt, subject: null, masked: {}, sealed: null }
  const { person, masked } = credential
  return { salt, subject, masked, sealed: sealTo === null ? null : await seal(person, sealTo) }
}

/** Whether a key of a policy can be sealed to: not every point of the right length is one. */
export async function canSeal(to: PublicJwk): Promise<boolean> {
  try {
    await seal(new Person([''], {}), to)
    return true
  } catch {
    return false
  }
}

/** Compact JWE, ECDH-ES over X25519 and A256GCM. */
async function seal(person: Person, to: PublicJwk): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(person.reveal())))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' })
    .encrypt(await importJWK(to, 'ECDH-ES'))
}
