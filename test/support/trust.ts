import type { Reading } from '../../service/credentials/credential.ts'
import { toIssuerKeys } from '../../service/credentials/issuers.ts'
import { noTrust } from '../../service/credentials/trust.ts'
import type { Issuer } from '../../sync/protocol.ts'

/** What a gate reads codes with that trusts these issuers of `VNG1:` codes alone. */
export function trusting(issuers: readonly Issuer[], now: Date): Reading {
  return { trust: { ...noTrust, issuers: toIssuerKeys(issuers) }, now }
}
