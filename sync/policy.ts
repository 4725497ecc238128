import type { z } from 'zod'
import type { PlatformClient } from './client.ts'
import { Policy, type SigningJwk } from './protocol.ts'
import { openSigned } from './signature.ts'
import type { Step } from './step.ts'
import { failed, refusal } from './step.ts'

type Key = z.infer<typeof SigningJwk>

export type Fetched = { kind: 'new'; policy: Policy; jws: string } | { kind: 'unchanged' } | Step

/** Asks for a policy newer than `version` (0: for any). An older or badly signed one is refused. */
export async function fetchPolicy(client: PlatformClient, signingKey: Key, version: number): Promise<Fetched> {
  const headers = version > 0 ? { 'if-none-match': `"${version}"` } : {}
  const answer = await client.request('GET', '/policy', { headers })
  if (answer.kind === 'unreachable') return failed(answer.why)
  if (answer.status === 304) return { kind: 'unchanged' }
  if (answer.status !== 200) return refusal(answer)
  const policy = await openPolicy(answer.body, signingKey)
  if (policy === null) return failed('the policy is not signed by the platform of this gate, or its shape is wrong')
  if (policy.version < version) return failed(`the policy has version ${policy.version}, expected ${version} or later`)
  return policy.version === version ? { kind: 'unchanged' } : { kind: 'new', policy, jws: answer.body }
}

/** Null: not signed by the pinned key, or not of the shape of a policy. */
export function openPolicy(jws: string, signingKey: Key): Promise<Policy | null> {
  return openSigned(jws, signingKey, Policy)
}
