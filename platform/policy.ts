import { z } from 'zod'
import { canonical, sha256 } from '../sync/digest.ts'
import { type ListRef, Policy, SealingJwk } from '../sync/protocol.ts'
import { issuerName } from './code.ts'
import { type Database, type Queries, select } from './database.ts'
import { issuerKid, type Keys } from './keys.ts'
import { revokedIds } from './revoked-list.ts'
import { signJson } from './sign.ts'
import { SitePolicy } from './site-policy.ts'

const dayMs = 24 * 60 * 60 * 1000
const policyDays = 30
const issuerYears = 5

const Row = z.object({
  site_id: z.string(),
  site_name: z.string(),
  address: z.string(),
  kind: Policy.shape.site.shape.kind,
  subject_key: z.string(),
  sealing: SealingJwk,
  gate_id: z.string(),
  gate_name: z.string(),
  area: z.string(),
  site_policy: SitePolicy,
  policy_version: z.int(),
  policy_digest: z.string().nullable(),
  policy_issued_at: z.date().nullable(),
  policy: z.string().nullable(),
})
type Row = z.infer<typeof Row>

/** The policy in force for a device, `jws` its signed form. A new version when its content changed or after a day. */
export function currentPolicy(database: Database, keys: Keys, device: string) {
  return database.transaction(async (queries) => {
    const row = await policyRow(queries, device)
    const content = policyContent(row, keys, await revokedIds(queries, row.site_id))
    const digest = sha256(canonical(content))
    const fresh = row.policy_issued_at !== null && Date.now() - row.policy_issued_at.getTime() < dayMs
    if (row.policy !== null && fresh && digest === row.policy_digest) {
      return { version: row.policy_version, jws: row.policy }
    }
    const version = row.policy_version + 1
    const issuedAt = new Date()
    const jws = await signJson(keys, issued(content, version, issuedAt))
    await queries.query(
      'update device set policy_version = $2, policy_digest = $3, policy_issued_at = $4, policy = $5 where id = $1',
      [device, version, digest, issuedAt.toISOString(), jws],
    )
    return { version, jws }
  })
}

async function policyRow(queries: Queries, device: string): Promise<Row> {
  const [row] = await select(
    queries,
    Row,
    `select site.id as site_id, site.name as site_name, address, kind, subject_key, sealing, gate.id as gate_id,
        gate.name as gate_name, area, site.policy as site_policy, policy_version, policy_digest, policy_issued_at, device.policy
      from device join gate on gate.id = device.gate join site on site.id = gate.site
      where device.id = $1 for update of device`,
    [device],
  )
  if (row === undefined) throw new Error('expected an enrolled device')
  return row
}

function policyContent(row: Row, keys: Keys, cti: string[] | ListRef) {
  const own = row.site_policy
  return {
    site: {
      ...{ id: row.site_id, name: row.site_name, address: row.address, kind: row.kind },
      ...{ disclosure: 'masked' as const, capacity: null, timeZone: 'Asia/Ho_Chi_Minh', opening: [], closesAt: null },
    },
    gate: { id: row.gate_id, name: row.gate_name, area: row.area },
    direction: 'both' as const,
    subjectKey: row.subject_key,
    sealTo: row.sealing,
    issuers: [issuer(keys)],
    revoked: { cti, kid: [] },
    dcc: own.dcc ?? [],
    ...(own.patterns === undefined ? {} : { patterns: own.patterns }),
    accept: own.accept ?? ['signed', 'cccd', 'pccovid', 'bhyt', 'dcc'],
    rules: [],
    passback: { mode: 'off' as const, minutes: 0 },
    repeatSeconds: own.repeatSeconds ?? 3,
    flags: [],
    operators: [],
    retentionDays: 21,
    messages: [],
  }
}

function issuer({ issuer: { kty, crv, x }, issuerFrom }: Keys) {
  // A day early: a gate whose clock is behind must know a code minted in the platform's first minute.
  const from = new Date(issuerFrom.getTime() - dayMs)
  const to = new Date(issuerFrom)
  to.setUTCFullYear(to.getUTCFullYear() + issuerYears)
  const kid = issuerKid({ kty, crv, x }).toString('base64url')
  return { kid, key: { kty, crv, x }, iss: issuerName, from: from.toISOString(), to: to.toISOString() }
}

function issued(content: ReturnType<typeof policyContent>, version: number, at: Date): Policy {
  const after = (days: number) => new Date(at.getTime() + days * dayMs).toISOString()
  return {
    version,
    issuedAt: at.toISOString(),
    expiresAt: after(policyDays),
    ...content,
    revoked: { ...content.revoked, nextUpdate: after(1) },
  }
}
