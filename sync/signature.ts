import { compactVerify, importJWK } from 'jose'
import type { z } from 'zod'
import { parseJson } from './json.ts'
import type { SigningJwk } from './protocol.ts'

export type Opened<Value> =
  | { kind: 'good'; value: Value }
  /** Not signed by the pinned key: anyone may have written it. */
  | { kind: 'unsigned' }
  /** The platform wrote it, but this program does not understand it. */
  | { kind: 'misshapen'; why: string }

/** Opens a compact JWS of the platform. */
export async function openSigned<Shape extends z.ZodType>(
  jws: string,
  signingKey: SigningJwk,
  shape: Shape,
): Promise<Opened<z.infer<Shape>>> {
  const payload = await verified(jws, signingKey)
  if (payload === null) return { kind: 'unsigned' }
  const parsed = shape.safeParse(parseJson(payload))
  if (parsed.success) return { kind: 'good', value: parsed.data }
  const [issue] = parsed.error.issues
  return { kind: 'misshapen', why: `${issue?.path.join('.') || '(whole)'}: ${issue?.message}` }
}

async function verified(jws: string, signingKey: SigningJwk): Promise<string | null> {
  try {
    const key = await importJWK(signingKey, 'EdDSA')
    const { payload } = await compactVerify(jws, key, { algorithms: ['EdDSA'] })
    return new TextDecoder().decode(payload)
  } catch {
    return null
  }
}
