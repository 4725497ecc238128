import {
  createCipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto'
import type { PublicJwk } from '../sync/protocol.ts'

const enc = 'A256GCM'

/**
 * Seals a text to an X25519 key: compact JWE (RFC 7516) by direct ECDH-ES (RFC 7518, section 4.6; RFC 8037) and A256GCM.
 * Synchronous, since a lane seals in every reading: WebCrypto's hops between threads cost more than the work. Throws where
 * the key is no point to agree with.
 */
export function seal(text: string, to: PublicJwk): string {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const agreed = diffieHellman({ privateKey, publicKey: createPublicKey({ key: to, format: 'jwk' }) })
  const header = base64url(JSON.stringify({ alg: 'ECDH-ES', enc, epk: publicKey.export({ format: 'jwk' }) }))
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', derive(agreed), iv).setAAD(Buffer.from(header))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return [header, '', base64url(iv), base64url(sealed), base64url(cipher.getAuthTag())].join('.')
}

/** The Concat KDF of RFC 7518, section 4.6.2, for one round of SHA-256 and no party info. */
function derive(agreed: Buffer): Buffer {
  const [round, none, bits] = [uint32(1), uint32(0), uint32(256)]
  return createHash('sha256')
    .update(Buffer.concat([round, agreed, uint32(enc.length), Buffer.from(enc), none, none, bits]))
    .digest()
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function base64url(data: string | Buffer): string {
  return Buffer.from(data).toString('base64url')
}
