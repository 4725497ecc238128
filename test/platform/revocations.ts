import { randomBytes } from 'node:crypto'
import type { Platform } from '../../platform/admin.ts'
import { revokedIds } from '../../platform/revoked-list.ts'

/** Revokes many made-up codes of a site at once, each as a version of its own; gives their ids. */
export async function revokeIds({ database }: Platform, site: string, count: number): Promise<string[]> {
  await database.transaction((queries) => revokedIds(queries, site))
  const ids = Array.from({ length: count }, () => randomBytes(8).toString('base64url'))
  await database.query(
    `insert into revocation (site, cti, expires_at, added)
      select $1, cti, now() + interval '1 year', version + n
      from list, unnest($2::text[]) with ordinality as many (cti, n) where list.site = $1`,
    [site, ids],
  )
  await database.query('update list set version = version + $2, size = size + $2, digest = null where site = $1', [
    site,
    count,
  ])
  return ids
}
