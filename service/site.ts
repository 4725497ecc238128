import type { ListRef, Policy, PublicJwk } from '../sync/protocol.ts'
import { noTrust, type Trust, toTrust } from './credentials/trust.ts'
import type { Rules } from './rules/decide.ts'
import type { Lists } from './store/lists.ts'

/** What is in force at this gate: the platform's policy, or the built-in one of a gate that has none. */
export type Site = {
  readonly name: string | null
  readonly gate: { readonly id: string; readonly name: string | null }
  readonly timeZone: string
  readonly subjectKey: Uint8Array
  readonly sealTo: PublicJwk | null
  readonly trust: Trust
  readonly rules: Rules
  /** For so many days the personal data of a visit is kept. */
  readonly retentionDays: number
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
    retentionDays: 21,
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
    flags: !Array.isArray(policy.flags) || policy.flags.length > 0,
    operators: policy.operators.length > 0,
    messages: policy.messages.length > 0,
  }
  return Object.entries(asked).flatMap(([member, is]) => (is ? [member] : []))
}

/** The lists that a policy refers to. */
export function listsOf({ revoked, flags }: Policy): ListRef[] {
  return [revoked.cti, flags].flatMap((list) => (Array.isArray(list) ? [] : list))
}

/** `bundle`: the trusted certificate keys that were brought to the gate beside the policy. `faults`: what of it cannot be used. */
export function siteOf(
  policy: Policy,
  bundle: readonly unknown[],
  lists: Pick<Lists, 'has'>,
): { site: Site; faults: string[] } {
  const { issuers, dcc, patterns = [] } = policy
  const { trust, faults } = toTrust({ issuers, dcc: [...dcc, ...bundle], patterns })
  return { site: withTrust(policy, trust, lists), faults }
}

function withTrust(policy: Policy, trust: Trust, lists: Pick<Lists, 'has'>): Site {
  const { cti, kid } = policy.revoked
  return {
    name: policy.site.name,
    gate: { id: policy.gate.id, name: policy.gate.name },
    timeZone: policy.site.timeZone,
    subjectKey: Buffer.from(policy.subjectKey, 'base64url'),
    sealTo: policy.sealTo,
    trust,
    rules: {
      accept: new Set(policy.accept),
      revoked: {
        cti: Array.isArray(cti) ? new Set(cti) : { has: (id) => lists.has(cti.list, id) },
        kid: new Set(kid),
      },
      repeatSeconds: policy.repeatSeconds,
    },
    retentionDays: policy.retentionDays,
    policyVersion: policy.version,
    expiresAt: policy.expiresAt,
  }
}
