import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Database } from '../../platform/database.ts'
import { newId } from '../../platform/enrolment.ts'
import { firstPrev, personalDigest, sha256, visitHash } from '../../sync/digest.ts'
import { maxBatchVisits, type Visit } from '../../sync/protocol.ts'

/** One request of a gate, as it is sent. */
export type Load = { body: Buffer; hash: string; visits: number }

/** A gate that comes back: its log in batches, and one more visit, made while the others upload. */
export type Gate = { id: string; key: KeyObject; backlog: Load[]; live: Load }

export const audience = 'http://platform.test'
/** Of people per site that the same card brings back again and again. */
const people = Array.from({ length: 2000 }, () => randomBytes(32).toString('base64url'))

/** Enrols the gates in the database itself, ten a site. */
export async function enrolFleet(database: Database, gates: readonly Gate[], publicKeys: readonly unknown[]) {
  for (const [n, { id }] of gates.entries()) {
    const [site, gate] = [`site_bench_${Math.floor(n / 10)}`, newId('gate')]
    await database.query(
      `insert into site (id, name, address, kind, subject_key, sealing) values ($1, $1, '', 'market', '', '{}')
        on conflict do nothing`,
      [site],
    )
    await database.query(`insert into gate values ($1, $2, $1, '')`, [gate, site])
    await database.query(
      `insert into device (id, gate, public_key, audience, name, software, enrolled_at)
        values ($1, $2, $3::jsonb, $4, $1, '{}', now())`,
      [id, gate, JSON.stringify(publicKeys[n]), audience],
    )
  }
}

/** Gates with everything that they will send: chained visits as a gate makes them, in gzip. */
export function makeFleet(count: number, visits: number): { gates: Gate[]; publicKeys: unknown[] } {
  const made = Array.from({ length: count }, () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const log = randomUUID()
    const all: Visit[] = []
    for (let seq = 1; seq <= visits + 1; seq++) all.push(visit(seq, all.at(-1)?.hash ?? firstPrev))
    const backlog: Load[] = []
    for (let first = 0; first < visits; first += maxBatchVisits) {
      backlog.push(load(log, all.slice(first, Math.min(first + maxBatchVisits, visits))))
    }
    const gate = { id: newId('dev'), key: privateKey, backlog, live: load(log, all.slice(visits)) }
    return { gate, publicKey: publicKey.export({ format: 'jwk' }) }
  })
  return { gates: made.map(({ gate }) => gate), publicKeys: made.map(({ publicKey }) => publicKey) }
}

function load(log: string, visits: Visit[]): Load {
  const body = gzipSync(JSON.stringify({ log, first: visits[0]?.seq, visits }))
  return { body, hash: sha256(body), visits: visits.length }
}

/** With every member that a gate sends of a citizen card; the sealed box is noise of the same length. */
function visit(seq: number, prev: string): Visit {
  const masked = { name: 'Nguyễn Văn ***', document: '******000001', birthYear: 1990, address: '***, Hà Nội' }
  const personal = {
    salt: randomBytes(16).toString('base64url'),
    subject: people[Math.floor(Math.random() * people.length)] ?? null,
    masked: { ...masked, sex: 'male' as const },
    sealed: randomBytes(390).toString('base64url'),
  }
  const body = {
    ...{ seq, id: randomUUID(), at: new Date(Date.now() - 3_600_000 + seq * 100).toISOString() },
    clock: {
      source: 'platform' as const,
      offsetMs: 12,
      boot: '2b6f0cc9-04e0-4b06-8a4c-6a3c1d1f7a10',
      upMs: seq * 1000,
    },
    ...{ gate: 'gate_019a0000000070008000000000000001', lane: 'lane-1', reader: 'r1' },
    direction: seq % 2 === 0 ? ('out' as const) : ('in' as const),
    ...{ outcome: 'admitted' as const, reason: '', method: 'reader' as const, operator: null },
    credential: { kind: 'cccd', verified: false },
    ...{ personal, digest: personalDigest(personal), prev },
  }
  return { ...body, hash: visitHash(body) }
}
