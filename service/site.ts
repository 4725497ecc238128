import type { Policy, PublicJwk } from '../sync/protocol.ts'
import { noTrust, type Trust, toTrust } from './credentials/trust.ts'
import type { Rules } from './rules/decide.ts'

/** What is in force at this gate: the platform's policy, or the built-in one of a gate that has none. */
export type Site = {
  readonly name: string | null
  readonly gate: { readonly id: string; readonly name: string | null }
  readonly timeZone: string
  readonly subjectKey: Uint8Array
  readonly sealTo: PublicJwk | null
  readonly trust: Trust
  readonly rules: Rules
  /** 0 for the built-in one. */
  readonly policyVersion: number
  /** RFC 3339; the gate goes on after it and says so. */
  readonly expiresAt: string | null
}

/** What a gate takes that nobody told what to take. */
const personalKinds = ['signed', 'cccd', 'pccovid', 'bhyt', 'dcc']

/** For a gate without a platform: it knows no issuer, seals nothing, and keys people with a key of its own. */
export function builtInSite(subjectKey: Uint8Array): Site {
  return {
    name: null,
    gate: { id: '', name: null },
    timeZone: 'Asia/Ho_Chi_Minh',
    subjectKey,
    sealTo: null,
    trust: noTrust,
    rules: { accept: new Set(personalKinds), revoked: { cti: new Set(), kid: new Set() }, repeatSeconds: 3 },
    policyVersion: 0,
    expiresAt: null,
  }
}

/** What a policy asks for that this version does not do. */
export function unenforced(policy: Policy): string[] {
  const asked = {
    'site.disclosure': policy.site.disclosure === 'full',
    'site.capacity': policy.site.capacity !== null,
    direction: policy.direction !== 'both',
    rules: policy.rules.length > 0,
    passback: policy.passback.mode !== 'off',
    flags: policy.flags.length > 0,
    operators: policy.operators.length > 0,
    messages: policy.messages.length > 0,
    retentionDays: true,
  }
  return Object.entries(asked).flatMap(([member, is]) => (is ? [member] : []))
}

/** `bundle`: the trusted certificate keys that were brought to the gate beside the policy. `faults`: what of it cannot be used. */
export function siteOf(policy: Policy, bundle: readonly unknown[]): { site: Site; faults: string[] } {
  const { issuers, dcc, patterns = [] } = policy
  const { trust, faults } = toTrust({ issuers, dcc: [...dcc, ...bundle], patterns })
  return { site: withTrust(policy, trust), faults }
}

function withTrust(policy: Policy, trust: Trust): Site {
  return {
    name: policy.site.name,
    gate: { id: policy.gate.id, name: policy.gate.name },
    timeZone: policy.site.timeZone,
    subjectKey: Buffer.from(policy.subjectKey, 'base64url'),
    sealTo: policy.sealTo,
    trust,
    rules: {
      accept: new Set(policy.accept),
      revoked: { cti: new Set(policy.revoked.cti), kid: new Set(policy.revoked.kid) },
      repeatSeconds: policy.repeatSeconds,
    },
    policyVersion: policy.version,
    expiresAt: policy.expiresAt,
  }
}
