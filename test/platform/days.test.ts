import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { listVisits, type Platform } from '../../platform/admin.ts'
import { select } from '../../platform/database.ts'
import { dropDays, makeDays } from '../../platform/days.ts'
import { UploadReply } from '../../sync/protocol.ts'
import { type Device, enrolDevice, upload } from './client.ts'
import { engines, makeCode, makeSite, run, startEngine } from './engine.ts'
import { visitLog } from './visits.ts'

describe.each(engines)('the days of visits on %s', (kind) => {
  let base: string
  let platform: Platform
  let site: string
  let stop: () => Promise<void>

  beforeAll(async () => {
    ;({ base, platform, stop } = await startEngine(kind))
  }, 60_000)
  afterAll(() => stop())
  beforeEach(async () => {
    await run(platform, dropDays, { before: '9999-12-31' })
    site = await makeSite(platform)
  })

  const newDevice = async () => enrolDevice(base, await makeCode(platform, site))
  const stored = async () => (await run(platform, listVisits, { site })).map(({ device, seq }) => [device, seq])
  const partitions = async () => {
    const text = `select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
      where inhparent = 'visit'::regclass order by relname`
    return (await select(platform.database, z.object({ name: z.string() }), text)).map(({ name }) => name)
  }
  const uploadFirst = async (device: Device, log: string) => {
    const answer = await upload(device, log, visitLog(3))
    expect(answer.status).toBe(200)
  }
  /** Moves what there is to an earlier day, as if it had been received then. */
  const age = async (day: string) => {
    const name = `visit_${day.replaceAll('-', '')}`
    await platform.database.query(
      `create table ${name} partition of visit for values from ('${day}T00:00:00Z') to ('${day}T23:00:00Z')`,
    )
    await platform.database.query(`update visit set received_at = '${day}T10:00:00Z'`)
  }

  test('are made when a visit comes on a day that has none', async () => {
    await uploadFirst(await newDevice(), randomUUID())
    const day = (ms: number) => `visit_${new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')}`
    expect(await partitions()).toEqual([day(Date.now()), day(Date.now() + 86_400_000)])
  })

  test('are made once, however many gates are the first of the day', async () => {
    const devices = await Promise.all(Array.from({ length: 12 }, newDevice))
    await Promise.all(devices.map((device) => uploadFirst(device, randomUUID())))
    await Promise.all([makeDays(platform.database), makeDays(platform.database)])
    expect(await stored()).toHaveLength(36)
    expect(await partitions()).toHaveLength(2)
  })

  test('that are dropped take their visits along, and the log goes on', async () => {
    const device = await newDevice()
    const log = randomUUID()
    await uploadFirst(device, log)
    await age('2020-03-01')
    expect(await run(platform, dropDays, { before: '2020-03-01' })).toEqual({ dropped: [] })
    expect(await run(platform, dropDays, { before: '2020-03-02' })).toEqual({ dropped: ['2020-03-01'] })
    expect(await stored()).toEqual([])
    const again = UploadReply.parse(await (await upload(device, log, visitLog(4))).json())
    expect(again).toMatchObject({ acked: 4, rejected: [] })
    expect(await stored()).toEqual([[device.id, 4]])
  })

  test('make no difference to a repeated visit: it is compared with the one of the day before', async () => {
    const device = await newDevice()
    const log = randomUUID()
    await uploadFirst(device, log)
    await age('2020-03-01')
    const visits = visitLog(5)
    expect((await upload(device, log, visits)).status).toBe(200)
    expect(await stored()).toEqual([1, 2, 3, 4, 5].map((seq) => [device.id, seq]))
    const other = visitLog(6, ({ seq }) => (seq === 2 ? { lane: 'other' } : {}))
    const fork = await upload(device, log, other)
    expect([fork.status, await fork.json()]).toEqual([409, { code: 'fork', seq: 2 }])
  })
})
