import { z } from 'zod'
import { TrustedKey } from './trust.ts'

const Method = z.object({
  id: z.string(),
  publicKeyJwk: z.looseObject({ x5c: z.array(z.string()).optional() }),
})
type Method = z.infer<typeof Method>

/** The trust list, version 2, of the World Health Organization's certification network: a DID document. */
const DidDocument = z
  .object({ verificationMethod: z.array(Method) })
  .transform((document) => document.verificationMethod.flatMap(fromMethod))
  .refine((keys) => keys.length > 0)

/** A list of trusted keys in a file, as the platform signs it. */
export const TrustList = z.union(
  [DidDocument, z.array(TrustedKey)],
  'expected a DID document with keys of document signers (…:DSC#…), or a list of {"kid","key" or "x5c","country"}',
)

/**
 * `did:web:…:CZE:DSC#<kid in base64>`; in a list of all countries `-` stands for each. Of other usages than DSC are the
 * authorities and the keys for encryption: those sign no certificates of health. A certificate counts before its bare key,
 * whose coordinates the list writes with a zero too many.
 */
function fromMethod({ id, publicKeyJwk: { x5c, ...key } }: Method): TrustedKey[] {
  const [path = '', fragment = ''] = id.split('#')
  if (!path.endsWith(':DSC')) return []
  const country = /:([A-Z]{2,3}):DSC$/.exec(path)?.[1] ?? ''
  const kid = Buffer.from(decoded(fragment), 'base64').toString('base64url')
  return [{ kid, country, ...(x5c === undefined ? { key } : { x5c }) }]
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}
