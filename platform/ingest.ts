import { z } from 'zod'
import { firstPrev } from '../sync/digest.ts'
import type { Batch, Rejected } from '../sync/protocol.ts'
import { check, type Entry } from './check.ts'
import { type Database, type Queries, select } from './database.ts'

export type Ingested =
  /** `hash`: the claimed one of visit `acked`, or 43 `A`s where there is none. */
  | { kind: 'stored'; acked: number; hash: string; rejected: Rejected[] }
  | { kind: 'gap'; expected: number }
  | { kind: 'fork'; seq: number }

/** The last visit held of a log; `hash` null: it was rejected without a usable one. */
interface Head {
  seq: number
  hash: string | null
}

const Held = z.object({
  seq: z.int(),
  hash: z.string().nullable(),
  rejected_code: z.string().nullable(),
  rejected_detail: z.string().nullable(),
})
type Held = z.infer<typeof Held>

/**
 * Stores a batch, each visit exactly once by (device, log, seq); durable when it returns. `batch.visits` ascend from
 * `batch.first` without holes. A batch that forks is not stored in part.
 */
export async function ingest(database: Database, device: string, batch: Batch): Promise<Ingested> {
  const entries = batch.visits.map(check)
  return database.transaction(async (queries) => {
    const [locked] = await queries.query(
      'select site from gate join device on gate.id = gate where device.id = $1 for update of device',
      [device],
    )
    const { site } = z.object({ site: z.string() }).parse(locked)
    const head = await headOf(queries, device, batch.log)
    if (batch.first > head.seq + 1) return { kind: 'gap', expected: head.seq + 1 }
    const held = await heldOf(queries, device, batch)
    const fresh = entries.filter(({ seq }) => seq > head.seq)
    const fork = changed(entries, held) ?? unjoined(fresh, head)
    if (fork !== null) return { kind: 'fork', seq: fork }
    await insert(queries, { device, site, log: batch.log }, fresh)
    const last = fresh.at(-1) ?? head
    const rejected = [...held.flatMap(rejectedBefore), ...fresh.flatMap(rejectedNow)]
    return { kind: 'stored', acked: last.seq, hash: last.hash ?? firstPrev, rejected }
  })
}

async function headOf(queries: Queries, device: string, log: string): Promise<Head> {
  const Row = z.object({ seq: z.int(), hash: z.string().nullable() })
  const text = 'select seq, hash from visit where device = $1 and log = $2 order by seq desc limit 1'
  const [row] = await select(queries, Row, text, [device, log])
  return row ?? { seq: 0, hash: firstPrev }
}

function heldOf(queries: Queries, device: string, { log, first, visits }: Batch) {
  const text = `select seq, hash, rejected_code, rejected_detail from visit
    where device = $1 and log = $2 and seq between $3 and $4 order by seq`
  return select(queries, Held, text, [device, log, first, first + visits.length - 1])
}

/** The first seq under which another visit is held. */
function changed(entries: Entry[], held: Held[]) {
  const hashes = new Map(held.map(({ seq, hash }) => [seq, hash]))
  return entries.find(({ seq, hash }) => hashes.has(seq) && hashes.get(seq) !== hash)?.seq ?? null
}

/** The first seq whose `prev` is not the hash before it. A visit without a trusted `prev` is rejected, not compared. */
function unjoined(fresh: Entry[], head: Head) {
  let before = head.hash
  for (const { seq, prev, hash } of fresh) {
    if (before !== null && prev !== null && prev !== before) return seq
    before = hash
  }
  return null
}

async function insert(queries: Queries, key: { device: string; site: string; log: string }, fresh: Entry[]) {
  if (fresh.length === 0) return
  await queries.query(
    `insert into visit (device, log, site, received_at, seq, hash, visit, raw, rejected_code, rejected_detail)
      select $1, $2::uuid, $3, now(), seq, hash, visit, raw, code, detail
      from jsonb_to_recordset($4::jsonb)
        as entry (seq bigint, hash text, visit jsonb, raw text, code text, detail text)
      on conflict do nothing`,
    [key.device, key.log, key.site, JSON.stringify(fresh)],
  )
}

function rejectedBefore({ seq, rejected_code: code, rejected_detail: detail }: Held): Rejected[] {
  return code === null ? [] : [{ seq, code, detail: detail ?? '' }]
}

function rejectedNow({ seq, code, detail }: Entry): Rejected[] {
  return code === null ? [] : [{ seq, code, detail: detail ?? '' }]
}
