import { z } from 'zod'
import { firstPrev } from '../sync/digest.ts'
import type { ListRef } from '../sync/protocol.ts'
import { type Queries, select } from './database.ts'

/** The codes of a site that were revoked, as a list with versions: each change is one. */
export const revokedList = 'revoked'

/** More than this the policy does not hold itself. */
const maxInline = 1000
/** No more than one answer tells: they are one version. */
export const maxChanges = 10_000
/** A gate that was away for longer finds by the digest that it needs the whole list. */
const keepDays = 90

const List = z.object({
  version: z.int(),
  size: z.int(),
  digest: z.string().nullable(),
  stale: z.boolean(),
})
export type List = z.infer<typeof List> & { digest: string }

/** Adds one; a code that is there already changes nothing. In a transaction. `expires` in seconds. */
export async function addRevoked(queries: Queries, site: string, { cti, expires }: { cti: string; expires: number }) {
  const { version } = await locked(queries, site)
  const added = await queries.query(
    `insert into revocation (site, cti, expires_at, added) values ($1, $2, to_timestamp($3::double precision), $4)
      on conflict (site, cti) do nothing returning cti`,
    [site, cti, expires, version + 1],
  )
  if (added.length > 0) await changed(queries, site, 1)
}

/** What the policy of a site holds of them. In a transaction. */
export async function revokedIds(queries: Queries, site: string): Promise<string[] | ListRef> {
  const { version, size, digest } = await currentList(queries, site)
  if (size > maxInline) return { list: revokedList, version, digest }
  const text = 'select cti from revocation where site = $1 and removed is null order by cti'
  const rows = await select(queries, z.object({ cti: z.string() }), text, [site])
  return rows.map(({ cti }) => cti)
}

/** The list as it is now, without the codes that ran out, and with its digest. In a transaction. */
export async function currentList(queries: Queries, site: string): Promise<List> {
  const found = await locked(queries, site)
  const list = found.stale && (await sweep(queries, site, found.version)) ? await locked(queries, site) : found
  if (list.digest !== null) return { ...list, digest: list.digest }
  const digest = await digestOf(queries, site)
  await queries.query(`update list set digest = $3 where site = $1 and name = $2`, [site, revokedList, digest])
  return { ...list, digest }
}

async function locked(queries: Queries, site: string): Promise<z.infer<typeof List>> {
  await queries.query(
    `insert into list (site, name, version, size, swept_at) values ($1, $2, 0, 0, now()) on conflict do nothing`,
    [site, revokedList],
  )
  const text = `select version, size, digest, swept_at < now() - interval '1 hour' as stale
    from list where site = $1 and name = $2 for update`
  const [list] = await select(queries, List, text, [site, revokedList])
  if (list === undefined) throw new Error('expected the list just written')
  return list
}

function changed(queries: Queries, site: string, more: number) {
  const text = `update list set version = version + 1, size = size + $3, digest = null where site = $1 and name = $2`
  return queries.query(text, [site, revokedList, more])
}

/** Codes that ran out need no revoking. True: there were some. */
async function sweep(queries: Queries, site: string, version: number): Promise<boolean> {
  const gone = await queries.query(
    `update revocation set removed = $2 where site = $1 and cti in (
      select cti from revocation
      where site = $1 and removed is null and expires_at < now() - interval '1 day' limit ${maxChanges}
    ) returning 1`,
    [site, version + 1],
  )
  if (gone.length > 0) await changed(queries, site, -gone.length)
  // The rest of a full sweep is for the next.
  const swept = gone.length === maxChanges ? 'swept_at' : 'now()'
  await queries.query(`update list set swept_at = ${swept} where site = $1 and name = $2`, [site, revokedList])
  await queries.query(
    `delete from revocation
      where site = $1 and removed is not null and expires_at < now() - interval '${keepDays} days'`,
    [site],
  )
  return gone.length > 0
}

/** base64url SHA-256 of the entries as JSON, in the order of their bytes, joined by line feeds. */
async function digestOf(queries: Queries, site: string): Promise<string> {
  const [row] = await select(
    queries,
    z.object({ digest: z.string() }),
    `select encode(sha256(convert_to(coalesce(string_agg('"' || cti || '"', E'\\n' order by cti collate "C"), ''),
        'UTF8')), 'base64') as digest
      from revocation where site = $1 and removed is null`,
    [site],
  )
  return row === undefined ? firstPrev : Buffer.from(row.digest, 'base64').toString('base64url')
}
