import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listVisits } from '../../platform/admin.ts'
import type { Database } from '../../platform/database.ts'
import { ingest } from '../../platform/ingest.ts'
import { loadKeys } from '../../platform/keys.ts'
import { migrate, migrations } from '../../platform/migrations.ts'
import { openPglite } from '../../platform/pglite.ts'
import { openPostgres } from '../../platform/postgres.ts'
import { sitePolicy } from '../../platform/site-policy.ts'
import { Batch } from '../../sync/protocol.ts'
import { engines, makeSite, run, temporaryFolder } from './engine.ts'
import { startCluster } from './postgres.ts'
import { visitLog } from './visits.ts'

describe.each(engines)('a database of the first version on %s', (kind) => {
  const { dir, remove } = temporaryFolder()
  let database: Database
  let stop: (() => Promise<void>) | undefined

  beforeAll(async () => {
    if (kind === 'pglite') {
      database = await openPglite(`${dir}/database`)
      return
    }
    const cluster = await startCluster()
    stop = cluster.stop
    database = openPostgres(cluster.url)
  }, 60_000)
  afterAll(async () => {
    await database.close()
    await stop?.()
    remove()
  })

  test('keeps its visits, their log goes on, and its sites have no policy of their own', async () => {
    await database.query('create table migration (version integer primary key)')
    for (const statement of migrations[0] ?? []) await database.query(statement)
    await database.query('insert into migration values (1)')
    const platform = { database, keys: await loadKeys(database) }
    const site = await makeSite(platform)
    const device = `dev_${'0'.repeat(32)}`
    await database.query(`insert into gate values ('gate_1', $1, 'Cổng A', '')`, [site])
    await database.query(
      `insert into device (id, gate, public_key, audience, name, software, enrolled_at)
        values ($1, 'gate_1', '{}', '', '', '{}', now())`,
      [device],
    )
    const log = randomUUID()
    const visits = visitLog(4)
    const insert = `insert into visit (device, log, seq, site, received_at, hash, visit, rejected_code, rejected_detail)
      values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9)`
    const old = visits.slice(0, 3).map(({ seq, hash, ...visit }): unknown[] => {
      const rejected = seq === 2 ? ['bad-visit', 'at: expected a time'] : [null, null]
      const sent = JSON.stringify({
        ...visit,
        seq,
        hash,
        ...(seq === 2 ? { at: 'noon' } : {}),
        ...(seq === 3 ? { at: '0000-01-01T00:00:00+23:00' } : {}),
      })
      return [device, log, seq, site, `2020-03-0${seq}T23:30:00Z`, hash, sent, ...rejected]
    })
    for (const row of old) await database.query(insert, row)

    await migrate(database)

    expect(await run(platform, sitePolicy, { site })).toEqual({})
    const listed = await run(platform, listVisits, { site })
    expect(listed.map(({ seq, rejected, receivedAt }) => [seq, rejected?.code, receivedAt])).toEqual([
      [1, undefined, '2020-03-01T23:30:00.000Z'],
      [2, 'bad-visit', '2020-03-02T23:30:00.000Z'],
      [3, undefined, '2020-03-03T23:30:00.000Z'],
    ])
    const batch = Batch.parse({ log, first: 3, visits: visits.slice(2) })
    expect(await ingest(database, device, batch)).toMatchObject({ kind: 'stored', acked: 4 })
    const partitions = await database.query(
      `select count(*)::integer as n from pg_inherits where inhparent = 'visit'::regclass`,
    )
    expect(partitions).toEqual([{ n: 5 }])
    const times = await database.query('select at from visit order by seq')
    expect(times).toEqual([1, null, null, 4].map((at) => ({ at: at && new Date('2026-11-21T01:00:00Z') })))
  })
})
