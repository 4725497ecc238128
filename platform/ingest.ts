import { z } from 'zod'
import { firstPrev } from '../sync/digest.ts'
import type { Batch, Rejected } from '../sync/protocol.ts'
import { check, type Entry } from './check.ts'
import { type Database, type Queries, select } from './database.ts'
import { isMissingDay, makeDays } from './days.ts'

export type Ingested =
  /** `hash`: the claimed one of visit `acked`, or 43 `A`s where there is none. */
  | { kind: 'stored'; acked: number; hash: string; rejected: Rejected[] }
  | { kind: 'gap'; expected: number }
  | { kind: 'fork'; seq: number }

interface Log {
  site: string
  device: string
  log: string
}

/** The last visit held of a log; `hash` null: it was rejected without a usable one. */
const Head = z.object({ acked: z.int(), hash: z.string().nullable() })
type Head = z.infer<typeof Head>

const Held = z.object({
  seq: z.int(),
  hash: z.string().nullable(),
  rejected_code: z.string().nullable(),
  rejected_detail: z.string().nullable(),
})
type Held = z.infer<typeof Held>

/**
 * Stores a batch, each visit exactly once by (device, log, seq); durable when it returns. `batch.visits` ascend from
 * `batch.first` without holes. A batch that forks is not stored in part. Throws for a device that is not enrolled.
 */
export async function ingest(database: Database, device: string, batch: Batch): Promise<Ingested> {
  const entries = batch.visits.map(check)
  const log = { site: await siteOf(database, device), device, log: batch.log }
  const work = async () => (await appended(database, log, entries)) ?? (await compared(database, log, entries))
  try {
    return await work()
  } catch (error) {
    if (!isMissingDay(error)) throw error
    await makeDays(database)
    return work()
  }
}

async function siteOf(queries: Queries, device: string): Promise<string> {
  const text = 'select site from gate join device on gate.id = gate where device.id = $1'
  const [row] = await select(queries, z.object({ site: z.string() }), text, [device])
  if (row === undefined) throw new Error('expected an enrolled device')
  return row.site
}

/** The usual case in one statement: the batch goes on where the log ends. Null where it does not, or the log is new. */
async function appended(database: Database, log: Log, entries: Entry[]): Promise<Ingested | null> {
  const [first] = entries
  if (first === undefined || unjoined(entries, first.prev) !== null) return null
  return (await append(database, log, entries)) ? stored([], entries) : null
}

/** Any other case, with the log locked. */
function compared(database: Database, log: Log, entries: Entry[]): Promise<Ingested> {
  return database.transaction(async (queries) => {
    const first = entries[0]?.seq ?? 1
    if (first === 1) await begin(queries, log)
    const head = await lockedHead(queries, log)
    if (first > head.acked + 1) return { kind: 'gap', expected: head.acked + 1 }
    const held = first > head.acked ? [] : await heldOf(queries, log, entries)
    const fresh = entries.filter(({ seq }) => seq > head.acked)
    const fork = changed(entries, held) ?? unjoined(fresh, head.hash)
    if (fork !== null) return { kind: 'fork', seq: fork }
    if (fresh.length === 0) return { ...stored(held, []), acked: head.acked, hash: head.hash ?? firstPrev }
    if (!(await append(queries, log, fresh))) throw new Error('expected the log to end where its locked row says')
    return stored(held, fresh)
  })
}

async function begin(queries: Queries, { site, device, log }: Log) {
  await queries.query(
    `insert into log (site, device, log, acked, hash, received_at) values ($1, $2, $3, 0, $4, now())
      on conflict do nothing`,
    [site, device, log, firstPrev],
  )
}

async function lockedHead(queries: Queries, { site, device, log }: Log): Promise<Head> {
  const text = 'select acked, hash from log where site = $1 and device = $2 and log = $3 for update'
  const [head] = await select(queries, Head, text, [site, device, log])
  return head ?? { acked: 0, hash: firstPrev }
}

function heldOf(queries: Queries, { site, device, log }: Log, entries: Entry[]) {
  const text = `select seq, hash, rejected_code, rejected_detail from visit
    where site = $1 and device = $2 and log = $3 and seq between $4 and $5 order by seq`
  return select(queries, Held, text, [site, device, log, entries[0]?.seq, entries.at(-1)?.seq])
}

/** The first seq under which another visit is held. One of a day that was dropped cannot be compared. */
function changed(entries: Entry[], held: Held[]) {
  const hashes = new Map(held.map(({ seq, hash }) => [seq, hash]))
  return entries.find(({ seq, hash }) => hashes.has(seq) && hashes.get(seq) !== hash)?.seq ?? null
}

/** The first seq whose `prev` is not the hash before it. A visit without a trusted `prev` is rejected, not compared. */
function unjoined(fresh: Entry[], hash: string | null) {
  let before = hash
  for (const { seq, prev, hash } of fresh) {
    if (before !== null && prev !== null && prev !== before) return seq
    before = hash
  }
  return null
}

/**
 * Appends visits that join each other. False, and nothing is stored, where the log does not end just before the first of
 * them: of two batches that come at once, the row of the log lets one pass.
 */
async function append(queries: Queries, { site, device, log }: Log, entries: Entry[]): Promise<boolean> {
  const [first, last] = [entries[0], entries.at(-1)]
  if (first === undefined || last === undefined) return false
  const rows = await queries.query(
    `with head as (
      update log set acked = $4, hash = $5, received_at = now()
      where site = $1 and device = $2 and log = $3 and acked = $6 and ($7::text is null or hash is null or hash = $7)
      returning acked
    ), stored as (
      insert into visit (site, device, log, received_at, seq, at, hash, visit, raw, rejected_code, rejected_detail)
      select $1, $2, $3, now(), seq, at, hash, visit, raw, code, detail
      from json_to_recordset($8::json)
        as entry (seq bigint, at timestamptz, hash text, visit jsonb, raw text, code text, detail text)
      where exists (select 1 from head)
    )
    select acked from head`,
    [site, device, log, last.seq, last.hash, first.seq - 1, first.prev, JSON.stringify(entries)],
  )
  return rows.length > 0
}

function stored(held: Held[], fresh: Entry[]) {
  const { seq, hash } = fresh.at(-1) ?? { seq: 0, hash: null }
  const rejected = [...held.flatMap(rejectedBefore), ...fresh.flatMap(rejectedNow)]
  return { kind: 'stored' as const, acked: seq, hash: hash ?? firstPrev, rejected }
}

function rejectedBefore({ seq, rejected_code: code, rejected_detail: detail }: Held): Rejected[] {
  return code === null ? [] : [{ seq, code, detail: detail ?? '' }]
}

function rejectedNow({ seq, code, detail }: Entry): Rejected[] {
  return code === null ? [] : [{ seq, code, detail: detail ?? '' }]
}
