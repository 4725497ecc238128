import { randomBytes } from 'node:crypto'
import { CompactEncrypt, importJWK } from 'jose'
import type { Personal, PublicJwk } from '../sync/protocol.ts'
import type { Credential } from './credentials/credential.ts'
import { Person } from './credentials/person.ts'
import type { Site } from './site.ts'

/** What a visit keeps of a person: masked text, a keyed hash, and a box that the gate itself cannot open. */
export async function toPersonal(credential: Credential, site: Site): Promise<Personal> {
  const salt = randomBytes(16).toString('base64url')
  if (!('person' in credential)) return { salt, subject: null, masked: {}, sealed: null }
  return {
    salt,
    subject: credential.person.subject(site.subjectKey),
    masked: credential.masked,
    sealed: site.sealTo === null ? null : await seal(credential.person, site.sealTo),
  }
}

/** Whether a key of a policy can be sealed to: not every point of the right length is one. */
export async function canSeal(to: PublicJwk): Promise<boolean> {
  try {
    await seal(new Person('', {}), to)
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
