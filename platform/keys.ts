import { createHash, generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { z } from 'zod'
import { PublicJwk, SealingJwk, SigningJwk } from '../sync/protocol.ts'
import { type Database, select } from './database.ts'

const d = PublicJwk.shape.x
export const PrivateSigningJwk = SigningJwk.extend({ d })
export type PrivateSigningJwk = z.infer<typeof PrivateSigningJwk>
const PrivateSealingJwk = SealingJwk.extend({ d })

/** `signing` signs policies and receipts, `issuer` signs personal codes (from `issuerFrom` on). */
export interface Keys {
  signing: PrivateSigningJwk
  issuer: PrivateSigningJwk
  issuerFrom: Date
  /** RFC 7638 SHA-256 of the signing key, base64url: the `key` of an enrolment code. */
  thumbprint: string
}

const Row = z.object({ signing: PrivateSigningJwk, issuer: PrivateSigningJwk, created_at: z.date() })

/** The platform's keys; made at the first start. */
export async function loadKeys(database: Database): Promise<Keys> {
  await database.query(
    'insert into platform (signing, issuer, created_at) values ($1::jsonb, $2::jsonb, now()) on conflict do nothing',
    [JSON.stringify(makeSigningKey()), JSON.stringify(makeSigningKey())],
  )
  const [row] = await select(database, Row, 'select signing, issuer, created_at from platform')
  if (row === undefined) throw new Error('expected the platform row just written')
  const thumbprint = await calculateJwkThumbprint(row.signing)
  return { signing: row.signing, issuer: row.issuer, issuerFrom: row.created_at, thumbprint }
}

function makeSigningKey() {
  return PrivateSigningJwk.parse(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }))
}

/** A new X25519 key of a site, to which its gates seal. */
export function makeSealingKey() {
  return PrivateSealingJwk.parse(generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' }))
}

/** First 8 bytes of SHA-256 of the raw public key. */
export function issuerKid(key: PublicJwk): Buffer {
  return createHash('sha256').update(Buffer.from(key.x, 'base64url')).digest().subarray(0, 8)
}
