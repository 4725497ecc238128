import { z } from 'zod'
import type { ListDelta } from '../sync/protocol.ts'
import type { Platform } from './admin.ts'
import { type Queries, select } from './database.ts'
import { type DeviceRoute, refuse } from './http.ts'
import { currentList, type List, maxChanges, revokedList } from './revoked-list.ts'
import { signJson } from './sign.ts'

const Asked = z.object({ since: z.coerce.number('expected a version').int('expected a version').min(0).default(0) })

/** `GET /v1/devices/{id}/lists/revoked?since=n`: what changed of a list that the policy refers to. */
export function listRoute(route: DeviceRoute, { database, keys }: Platform) {
  route('GET', '/lists/:name', async (device, request, reply) => {
    const { name } = z.object({ name: z.string() }).parse(request.params)
    if (name !== revokedList) return refuse(reply, 404, { code: 'invalid', detail: 'no such list' })
    const asked = Asked.safeParse(request.query)
    if (!asked.success) return refuse(reply, 422, { code: 'invalid', detail: 'since: expected a version' })
    const delta = await database.transaction((queries) => deltaOf(queries, device, asked.data.since))
    reply.header('cache-control', 'no-store').header('content-type', 'application/jose')
    return reply.send(await signJson(keys, delta))
  })
}

async function deltaOf(queries: Queries, device: string, since: number): Promise<ListDelta> {
  const text = 'select site from gate join device on gate.id = device.gate where device.id = $1'
  const [row] = await select(queries, z.object({ site: z.string() }), text, [device])
  if (row === undefined) throw new Error('expected an enrolled device')
  const list = await currentList(queries, row.site)
  // A platform that was restored from a backup may be behind its gates.
  const from = since > list.version ? 0 : since
  const version = await reach(queries, row.site, from, list)
  const ids = async (condition: string) => {
    const sql = `select cti from revocation where site = $1 and ${condition} order by cti`
    const rows = await select(queries, z.object({ cti: z.string() }), sql, [row.site, from, version])
    return rows.map(({ cti }) => cti)
  }
  const add = await ids('added > $2 and added <= $3 and (removed is null or removed > $3)')
  const remove = await ids('removed > $2 and removed <= $3 and added <= $2')
  return { name: revokedList, from, version, add, remove, digest: list.digest }
}

/** The version that an answer from `from` on reaches: the newest, or one of so many changes. */
async function reach(queries: Queries, site: string, from: number, { version }: List): Promise<number> {
  const Row = z.object({ version: z.int() })
  const [row] = await select(
    queries,
    Row,
    `select version from (
      select added as version from revocation where site = $1 and added > $2
      union all select removed from revocation where site = $1 and removed > $2
    ) as change order by version offset ${maxChanges} limit 1`,
    [site, from],
  )
  // All changes of one version travel together.
  return row === undefined ? version : Math.max(row.version - 1, from + 1)
}
