import { constants, type KeyObject, verify } from 'node:crypto'
import { encode } from 'cborg'
import { z } from 'zod'

/** COSE_Sign1 (RFC 9052, 4.2), opened but not verified: nothing of the payload may be believed yet. */
export type Sign1 = {
  readonly protectedHeader: ReadonlyMap<unknown, unknown>
  readonly unprotected: ReadonlyMap<unknown, unknown>
  readonly payload: Uint8Array
  readonly signature: Uint8Array
  /** What the signature covers (RFC 9052, 4.4). */
  readonly signedBytes: Uint8Array
}

/** Labels of header parameters. */
export const header = { alg: 1, kid: 4 } as const

/** IANA, COSE Algorithms. */
export const algorithm = { ES256: -7, EdDSA: -8, PS256: -37 } as const
export type Algorithm = (typeof algorithm)[keyof typeof algorithm]

export const Bytes = z.instanceof(Uint8Array)
const Shape = z.tuple([Bytes, z.instanceof(Map), Bytes, Bytes])

/** Opens a message that stands without its tag. `decode` reads CBOR; null where the bytes are no such message. */
export function openSign1(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): Sign1 | null {
  const shape = Shape.safeParse(decode(bytes))
  if (!shape.success) return null
  const [headerBytes, unprotected, payload, signature] = shape.data
  const protectedHeader = headerBytes.length === 0 ? new Map() : decode(headerBytes)
  if (!(protectedHeader instanceof Map)) return null
  const signedBytes = encode(['Signature1', headerBytes, new Uint8Array(), payload])
  return { protectedHeader, unprotected, payload, signature, signedBytes }
}

export function isSignedBy({ signedBytes, signature }: Sign1, alg: Algorithm, key: KeyObject): boolean {
  switch (alg) {
    case algorithm.EdDSA:
      return verify(null, signedBytes, key, signature)
    case algorithm.ES256:
      return verify('sha256', signedBytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
    case algorithm.PS256: {
      const padding = constants.RSA_PKCS1_PSS_PADDING
      return verify('sha256', signedBytes, { key, padding, saltLength: 32 }, signature)
    }
  }
}
