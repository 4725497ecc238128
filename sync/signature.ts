import { compactVerify, importJWK } from 'jose'
import type { z } from 'zod'
import type { SigningJwk } from './protocol.ts'

/** Opens a compact JWS of the platform. Null: not signed by the pinned key, or not of this shape. */
export async function openSigned<Shape extends z.ZodType>(
  jws: string,
  signingKey: z.infer<typeof SigningJwk>,
  shape: Shape,
): Promise<z.infer<Shape> | null> {
  try {
    const key = await importJWK(signingKey, 'EdDSA')
    const { payload } = await compactVerify(jws, key, { algorithms: ['EdDSA'] })
    const parsed = shape.safeParse(JSON.parse(new TextDecoder().decode(payload)))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
