import type { Issuer } from '../../sync/protocol.ts'
import { type DccTrust, toDccTrust } from './dcc-trust.ts'
import { type IssuerKeys, toIssuerKeys } from './issuers.ts'
import { type SitePattern, toSitePatterns } from './site-pattern.ts'

/** What codes are checked against, made ready once for many readings. */
export type Trust = {
  readonly issuers: IssuerKeys
  readonly dcc: DccTrust
  readonly patterns: readonly SitePattern[]
}

/** The members of a policy that say whom and what a gate trusts; `dcc` and `patterns` as they came. */
export type TrustSource = {
  readonly issuers: readonly Issuer[]
  readonly dcc: readonly unknown[]
  readonly patterns: readonly unknown[]
}

export const noTrust: Trust = { issuers: new Map(), dcc: new Map(), patterns: [] }

/** Entries that cannot be used are left out; `faults` names each and says what was expected. */
export function toTrust(source: TrustSource): { trust: Trust; faults: string[] } {
  const dcc = toDccTrust(source.dcc)
  const patterns = toSitePatterns(source.patterns)
  const trust = { issuers: toIssuerKeys(source.issuers), dcc: dcc.keys, patterns: patterns.patterns }
  return { trust, faults: [...dcc.faults, ...patterns.faults] }
}
