import { decodeProtectedHeader } from 'jose'
import { z } from 'zod'
import type { SigningJwk } from './protocol.ts'
import { type Opened, openSigned } from './signature.ts'

const typ = 'gate-trust+jwt'

/** The keys that health certificates are trusted by, for a gate without a network; `dcc` as in a policy. */
export const TrustBundle = z.looseObject({
  version: z.int().min(1),
  issuedAt: z.iso.datetime({ offset: true }),
  dcc: z.array(z.unknown()),
})
export type TrustBundle = z.infer<typeof TrustBundle>

/** Opens a bundle, a compact JWS by the platform's key (EdDSA). */
export async function openTrustBundle(jws: string, signingKey: SigningJwk): Promise<Opened<TrustBundle>> {
  const opened = await openSigned(jws, signingKey, TrustBundle)
  // The same key signs policies, which have all members of a bundle.
  if (opened.kind !== 'good' || decodeProtectedHeader(jws).typ === typ) return opened
  return { kind: 'misshapen', why: `typ: expected ${typ}` }
}
