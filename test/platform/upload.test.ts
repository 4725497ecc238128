import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { compactVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listVisits, type Platform } from '../../platform/admin.ts'
import { firstPrev } from '../../sync/digest.ts'
import { type PublicJwk, Receipt, UploadReply } from '../../sync/protocol.ts'
import { bytes, call, type Device, enrolDevice, upload, visitsPath } from './client.ts'
import { engines, makeCode, makeSite, run, startEngine } from './engine.ts'
import { visitLog } from './visits.ts'

describe.each(engines)('the platform on %s', (kind) => {
  let base: string
  let platform: Platform
  let site: string
  let stop: () => Promise<void>

  beforeAll(async () => {
    ;({ base, platform, stop } = await startEngine(kind))
    site = await makeSite(platform)
  }, 60_000)
  afterAll(() => stop())

  const newDevice = async () => enrolDevice(base, await makeCode(platform, site))
  const stored = async (device: Device) => {
    const page = await run(platform, listVisits, { site })
    return page.filter((visit) => visit.device === device.id)
  }

  describe('uploaded visits', () => {
    const reply = async (response: Response) => UploadReply.parse(await response.json())

    async function receiptOf(key: PublicJwk, receipt: string) {
      const { payload } = await compactVerify(receipt, key, { algorithms: ['EdDSA'] })
      return Receipt.parse(JSON.parse(new TextDecoder().decode(payload)))
    }

    test('are stored as sent and acknowledged with a signed receipt', async () => {
      const device = await newDevice()
      const log = randomUUID()
      const visits = visitLog(3)
      const { acked, rejected, receipt } = await reply(await upload(device, log, visits))
      expect([acked, rejected]).toEqual([3, []])
      expect(await receiptOf(device.signingKey, receipt)).toMatchObject({
        device: device.id,
        log,
        acked: 3,
        hash: visits[2]?.hash,
      })
      const listed = await stored(device)
      expect(listed).toEqual(
        visits.map((visit) => ({ ...visit, device: device.id, log, receivedAt: expect.any(String) })),
      )
    })

    test('sent again change nothing and are acknowledged again', async () => {
      const device = await newDevice()
      const log = randomUUID()
      const visits = visitLog(4)
      await upload(device, log, visits)
      const again = await upload(device, log, visits.slice(0, 2))
      expect(again.status).toBe(200)
      expect(await reply(again)).toMatchObject({ acked: 4, rejected: [] })
      expect(await stored(device)).toHaveLength(4)
    })

    test('after a gap are refused with the number expected', async () => {
      const device = await newDevice()
      const log = randomUUID()
      const unknownLog = await upload(device, log, visitLog(3).slice(1))
      expect([unknownLog.status, await unknownLog.json()]).toEqual([409, { code: 'gap', expected: 1 }])
      // A device cannot fill the database with logs that hold nothing.
      expect(await platform.database.query('select 1 from log where device = $1', [device.id])).toEqual([])
      await upload(device, log, visitLog(2))
      const gap = await upload(device, log, visitLog(5).slice(3))
      expect([gap.status, await gap.json()]).toEqual([409, { code: 'gap', expected: 3 }])
    })

    test('that differ from those held are a fork', async () => {
      const device = await newDevice()
      const log = randomUUID()
      await upload(device, log, visitLog(3))
      const other = visitLog(4, ({ seq }) => (seq === 2 ? { lane: 'other' } : {}))
      const fork = await upload(device, log, other)
      expect([fork.status, await fork.json()]).toEqual([409, { code: 'fork', seq: 2 }])
      expect(await stored(device)).toHaveLength(3)
    })

    test('that do not join those held are a fork', async () => {
      const device = await newDevice()
      const log = randomUUID()
      await upload(device, log, visitLog(3))
      const other = visitLog(4, ({ seq }) => (seq === 2 ? { lane: 'other' } : {}))
      const fork = await upload(device, log, other.slice(3))
      expect([fork.status, await fork.json()]).toEqual([409, { code: 'fork', seq: 4 }])
    })

    test('that do not start from 43 A are a fork', async () => {
      const visits = visitLog(1, () => ({ prev: 'B'.repeat(43) }))
      const fork = await upload(await newDevice(), randomUUID(), visits)
      expect([fork.status, await fork.json()]).toEqual([409, { code: 'fork', seq: 1 }])
    })

    test('that are wrong are rejected one by one and block no other', async () => {
      const device = await newDevice()
      const log = randomUUID()
      const visits = visitLog(6, ({ seq }) => {
        if (seq === 2) return { direction: 'sideways' }
        return seq === 5 ? { digest: 'C'.repeat(43) } : {}
      })
      const sent = visits.map((visit) => (visit.seq === 4 ? { ...visit, lane: 'changed' } : visit))
      const first = await reply(await upload(device, log, sent))
      expect(first.acked).toBe(6)
      expect(first.rejected.map(({ seq, code }) => [seq, code])).toEqual([
        [2, 'bad-visit'],
        [4, 'bad-hash'],
        [5, 'bad-digest'],
      ])
      expect(first.rejected[0]?.detail).toContain('direction')
      const again = await reply(await upload(device, log, sent.slice(3)))
      expect(again).toMatchObject({ acked: 6, rejected: first.rejected.slice(1) })
      expect((await stored(device)).map(({ rejected }) => rejected?.code)).toEqual([
        ...[undefined, 'bad-visit', undefined, 'bad-hash', 'bad-digest', undefined],
      ])
    })

    test('without a usable hash are rejected, and the next one is taken as it is', async () => {
      const device = await newDevice()
      const log = randomUUID()
      const [first, , third] = visitLog(3)
      const sent = [first, { seq: 2, note: 'not a visit' }, third].filter((visit) => visit !== undefined)
      expect(await reply(await upload(device, log, sent))).toMatchObject({ acked: 3, rejected: [{ seq: 2 }] })
      const alone = await newDevice()
      const { receipt } = await reply(await upload(alone, log, [{ seq: 1 }]))
      expect(await receiptOf(alone.signingKey, receipt)).toMatchObject({ acked: 1, hash: firstPrev })
    })

    test('that the database cannot hold are rejected and kept as sent', async () => {
      const device = await newDevice()
      const log = randomUUID()
      const strange = ['a\0b', '\ud800', { 'k\0': 1 }]
      const visits: { seq: number }[] = visitLog(3).map((visit, i) => ({ ...visit, lane: strange[i] }))
      visits.push({ ...visitLog(4)[3], seq: 4 })
      const response = await reply(await upload(device, log, visits))
      expect(response.acked).toBe(4)
      expect(response.rejected.map(({ seq, code }) => [seq, code])).toEqual([1, 2, 3].map((seq) => [seq, 'bad-visit']))
      expect((await stored(device)).map((visit) => visit['lane'])).toEqual([...strange, 'main'])
    })

    test('nested without end are rejected', async () => {
      const device = await newDevice()
      const deep = `{"seq":1,"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
      const body = bytes(`{"log":"${randomUUID()}","first":1,"visits":[${deep}]}`)
      const response = await call(device, { method: 'POST', path: visitsPath(device), body })
      expect(await reply(response)).toMatchObject({ acked: 1, rejected: [{ seq: 1, code: 'bad-visit' }] })
    })

    test('may come in gzip', async () => {
      const device = await newDevice()
      const json = JSON.stringify({ log: randomUUID(), first: 1, visits: visitLog(500) })
      const headers = { 'content-encoding': 'gzip' }
      const request = { method: 'POST', path: visitsPath(device), body: new Uint8Array(gzipSync(json)), headers }
      expect(await reply(await call(device, request))).toMatchObject({ acked: 500, rejected: [] })
    })

    const bodies: [string, number, string, (log: string) => Uint8Array<ArrayBuffer>, Record<string, string>?][] = [
      ['that are not JSON', 422, 'invalid', () => bytes('{"log":')],
      ['that are not UTF-8', 422, 'invalid', () => new Uint8Array([0x22, 0xff, 0x22])],
      ['that are not gzip', 422, 'invalid', () => bytes('no gzip'), { 'content-encoding': 'gzip' }],
      ['in another encoding', 422, 'invalid', () => bytes('{}'), { 'content-encoding': 'br' }],
      ['of another shape', 422, 'invalid', (log) => bytes(JSON.stringify({ log, first: 1, visits: [] }))],
      ['with another first', 422, 'invalid', (log) => bytes(JSON.stringify({ log, first: 2, visits: visitLog(1) }))],
      [
        'with a hole',
        422,
        'invalid',
        (log) => bytes(JSON.stringify({ log, first: 1, visits: visitLog(3).filter(({ seq }) => seq !== 2) })),
      ],
      ['of more than 1 MiB', 413, 'too-large', () => new Uint8Array(1024 * 1024 + 1).fill(0x20)],
      [
        'that inflate to more than 16 MiB',
        413,
        'too-large',
        () => new Uint8Array(gzipSync(new Uint8Array(17 * 1024 * 1024))),
        { 'content-encoding': 'gzip' },
      ],
    ]
    test.each(bodies)('%s are refused', async (_name, status, code, make, headers = {}) => {
      const device = await newDevice()
      const request = { method: 'POST', path: visitsPath(device), body: make(randomUUID()), headers }
      const response = await call(device, request)
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject({ code })
      expect(await stored(device)).toEqual([])
    })

    test('end up stored exactly once however a log is cut, repeated and sent at the same time', async () => {
      const all = visitLog(12)
      const cut = fc.tuple(fc.nat(11), fc.integer({ min: 1, max: 12 }))
      await fc.assert(
        fc.asyncProperty(fc.array(cut, { maxLength: 6 }), async (cuts) => {
          const device = await newDevice()
          const log = randomUUID()
          await Promise.all(cuts.map(([from, length]) => upload(device, log, all.slice(from, from + length))))
          expect(await reply(await upload(device, log, all))).toMatchObject({ acked: 12, rejected: [] })
          const rows = await platform.database.query(
            'select visit from visit where device = $1 and log = $2 order by seq',
            [device.id, log],
          )
          expect(rows).toEqual(all.map((visit) => ({ visit })))
        }),
        { numRuns: 15 },
      )
    })
  })
})
