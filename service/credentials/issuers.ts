import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Issuer } from '../../sync/protocol.ts'

/** Who may sign `VNG1:` codes, by kid. */
export type IssuerKeys = ReadonlyMap<string, readonly IssuerKey[]>

/** `from` and `to` in milliseconds since 1970. */
export type IssuerKey = { readonly key: KeyObject; readonly iss: string; readonly from: number; readonly to: number }

export function toIssuerKeys(issuers: readonly Issuer[]): IssuerKeys {
  const keys = new Map<string, IssuerKey[]>()
  for (const { kid, key, iss, from, to } of issuers) {
    const entry = { key: createPublicKey({ key, format: 'jwk' }), iss, from: Date.parse(from), to: Date.parse(to) }
    keys.set(kid, [...(keys.get(kid) ?? []), entry])
  }
  return keys
}
