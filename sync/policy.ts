import type { PlatformClient } from './client.ts'
import { Policy, type SigningJwk } from './protocol.ts'
import { type Opened, openSigned } from './signature.ts'
import { failed, refusal, type Step } from './step.ts'

export type Fetched =
  | { kind: 'new'; policy: Policy; jws: string }
  | { kind: 'unchanged' }
  /** The platform answered, but with a policy that cannot be put in force; the last good one stays. */
  | { kind: 'refused'; why: string }
  | Step

/** Asks for a policy newer than `version` (0: for any). An older or badly signed one is refused. */
export async function fetchPolicy(client: PlatformClient, signingKey: SigningJwk, version: number): Promise<Fetched> {
  const headers = version > 0 ? { 'if-none-match': `"${version}"` } : {}
  const answer = await client.request('GET', '/policy', { headers })
  if (answer.kind === 'unreachable') return failed(answer.why)
  if (answer.status === 304) return { kind: 'unchanged' }
  if (answer.status !== 200) return refusal(answer)
  const opened = await openPolicy(answer.body, signingKey)
  switch (opened.kind) {
    case 'unsigned':
      return failed('the policy is not signed by the platform of this gate')
    case 'misshapen':
      return { kind: 'refused', why: `the policy cannot be read: ${opened.why}` }
    case 'good':
      return judge(opened.value, answer.body, version)
  }
}

function judge(policy: Policy, jws: string, version: number): Fetched {
  if (policy.version === version) return { kind: 'unchanged' }
  if (policy.version > version) return { kind: 'new', policy, jws }
  return { kind: 'refused', why: `the policy has version ${policy.version}, expected ${version} or later` }
}

export function openPolicy(jws: string, signingKey: SigningJwk): Promise<Opened<Policy>> {
  return openSigned(jws, signingKey, Policy)
}
