import { CompactSign } from 'jose'
import type { Keys } from './keys.ts'

/** A compact JWS by the platform's signing key. */
export function signJson(keys: Keys, payload: unknown, typ?: string): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'EdDSA', kid: keys.thumbprint, ...(typ === undefined ? {} : { typ }) })
    .sign(keys.signing)
}
