import { createHash, randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import { z } from 'zod'
import type { DeviceRequest } from '../sync/protocol.ts'
import { type Database, type Queries, select } from './database.ts'

const validHours = 24
const keepDays = 30

export function newId(kind: 'site' | 'gate' | 'dev') {
  return `${kind}_${v7().replaceAll('-', '')}`
}

function tokenHash(token: string) {
  return createHash('sha256').update(token).digest('base64url')
}

/** A one-time token of 128 bits; only its hash is kept. `gate` null: the gate gets the name its device gives. */
export async function makeToken(queries: Queries, to: { site: string; gate: string | null; area: string }) {
  const token = randomBytes(16).toString('base64url')
  const now = Date.now()
  await queries.query('delete from enrolment where expires_at < $1', [hoursAfter(now, -24 * keepDays)])
  await queries.query('insert into enrolment (token_hash, site, gate, area, expires_at) values ($1, $2, $3, $4, $5)', [
    tokenHash(token),
    to.site,
    to.gate,
    to.area,
    hoursAfter(now, validHours),
  ])
  return token
}

function hoursAfter(time: number, hours: number) {
  return new Date(time + hours * 3_600_000).toISOString()
}

export type Enrolled = { kind: 'enrolled'; device: string } | { kind: 'gone' }

/** Uses up the token and registers the device, both or neither. `gone`: used, expired or unknown. */
export function enrol(database: Database, audience: string, request: DeviceRequest): Promise<Enrolled> {
  const Token = z.object({ site: z.string(), gate: z.string().nullable(), area: z.string() })
  return database.transaction(async (queries) => {
    const [token] = await select(
      queries,
      Token,
      `update enrolment set used_at = now() where token_hash = $1 and used_at is null and expires_at > now()
        returning site, gate, area`,
      [tokenHash(request.token)],
    )
    if (token === undefined) return { kind: 'gone' }
    const gate = await gateOf(queries, { ...token, name: token.gate ?? request.name })
    const device = newId('dev')
    await queries.query(
      `insert into device (id, gate, public_key, audience, name, software, enrolled_at)
        values ($1, $2, $3::jsonb, $4, $5, $6::jsonb, now())`,
      [device, gate, JSON.stringify(request.publicKey), audience, request.name, JSON.stringify(request.software)],
    )
    return { kind: 'enrolled', device }
  })
}

/** A gate keeps its id when its device is replaced. */
async function gateOf(queries: Queries, { site, name, area }: { site: string; name: string; area: string }) {
  const text = `insert into gate (id, site, name, area) values ($1, $2, $3, $4)
    on conflict (site, name) do update set area = excluded.area returning id`
  const [gate] = await select(queries, z.object({ id: z.string() }), text, [newId('gate'), site, name, area])
  if (gate === undefined) throw new Error('expected the gate just written')
  return gate.id
}
