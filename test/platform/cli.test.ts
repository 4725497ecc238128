import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Device, enrolDevice, getPolicy, openPolicy, upload } from './client.ts'
import { data, follow, gatePlatform, line, newSite, startServer, stopServer } from './command-line.ts'
import { type Cluster, startCluster } from './postgres.ts'
import { told, visitLog } from './visits.ts'

async function listedSeqs(...args: string[]) {
  const { stdout } = await gatePlatform('visits', '--json', ...args)
  return z
    .array(z.looseObject({ seq: z.int() }))
    .parse(JSON.parse(stdout))
    .map(({ seq }) => seq)
}

describe('gate-platform on its own folder', () => {
  let url: string
  let child: ChildProcess
  const start = async () => {
    ;({ url, child } = await startServer('--data', data))
  }

  test('serves, takes commands, and holds everything across a clean stop and a kill', { timeout: 60_000 }, async () => {
    await start()
    expect(statSync(path.join(data, 'admin.json')).mode & 0o777).toBe(0o600)
    const site = await newSite()
    const code = await line('enrolment', '--site', site, '--gate', 'Cổng B', '--area', 'Sảnh')
    expect(code).toMatch(/^gate-enrol:\?url=http%3A%2F%2F127\.0\.0\.1%3A\d+&token=[\w-]{22}&key=[\w-]{43}$/)
    const device = await enrolDevice(url, code)
    const log = randomUUID()
    const visits = visitLog(503)
    expect((await upload(device, log, visits.slice(0, 500))).status).toBe(200)

    expect(await stopServer(child)).toBe(0)
    expect(existsSync(path.join(data, 'admin.json'))).toBe(false)
    await start()
    const moved: Device = { ...device, base: url }
    expect((await upload(moved, log, visits.slice(498, 502))).status).toBe(200)

    await stopServer(child, 'SIGKILL')
    await start()
    expect((await upload({ ...moved, base: url }, log, visits.slice(502))).status).toBe(200)
    expect(await listedSeqs('--site', site)).toEqual(visits.map(({ seq }) => seq))
    const table = await gatePlatform('visits', '--site', site, '--data', data)
    expect(table.stdout.split('\n')[1]).toMatch(
      /^2026-11-21T08:00:00.000\+07:00 +gate_test +in +admitted +signed +Nguyễn/,
    )
  })

  test('mints codes, revokes them and revokes devices', { timeout: 60_000 }, async () => {
    await start()
    const site = await newSite()
    const device = await enrolDevice(url, await line('enrolment', '--site', site))
    const person = ['--name', 'Trần Thị Bình', '--born', '1985-06-30', '--sex', 'female', '--id', '001085000002']
    const code = await line('mint', '--site', site, ...person, '--expires', '2027-01-01')
    expect(code).toMatch(/^VNG1:[0-9A-Z $%*+./:-]+$/)
    expect(await line('revoke', '--site', site, '--code', code)).toMatch(/^revoked [\w-]{11}$/)
    expect((await openPolicy(device, await getPolicy(device))).revoked.cti).toHaveLength(1)
    expect(await line('revoke', '--device', device.id)).toBe(`revoked ${device.id}`)
    expect((await getPolicy(device)).status).toBe(403)
    expect(await line('unrevoke', '--device', device.id)).toBe(`unrevoked ${device.id}`)
    expect((await getPolicy(device)).status).toBe(200)
  })

  test('answers the operator in tables and in JSON', { timeout: 60_000 }, async () => {
    await start()
    const site = await newSite()
    const device = await enrolDevice(url, await line('enrolment', '--site', site, '--gate', 'Cổng C', '--area', 'Sân'))
    const subject = 'S'.repeat(43)
    const visits = visitLog(2, ({ seq }) => ({ ...told(subject, { name: `Lê ${'\u202e'}***` }), lane: `lane-${seq}` }))
    expect((await upload(device, randomUUID(), visits)).status).toBe(200)
    const lines = async (...args: string[]) => {
      const { code, stdout, stderr } = await gatePlatform(...args, '--site', site)
      expect([code, stderr]).toEqual([0, ''])
      return stdout.trimEnd().split('\n')
    }
    const time = ['--from', '2026-11-21', '--to', '2026-11-21']
    expect((await lines('live'))[0]).toMatch(
      /^2026-11-21T08:00:00.000\+07:00 +gate_test +in +admitted +signed +Lê \?\*/,
    )
    expect((await lines('live', '--json')).map((text) => JSON.parse(text).masked.name)).toEqual([
      'Lê \u202e***',
      'Lê \u202e***',
    ])
    expect(await lines('statistics', '--by', 'kind', ...time)).toEqual([
      'kind    admitted  warned  denied  people',
      'signed  2         0       0       1',
    ])
    expect(JSON.parse((await lines('statistics', '--by', 'hour', ...time, '--json')).join(''))).toEqual([
      { value: '2026-11-21T08:00', admitted: 2, warned: 0, denied: 0, people: 1 },
    ])
    const traced = await lines('trace', '--subject', subject, ...time)
    expect(traced.slice(0, 2)).toEqual([
      'area  gate       in                        out',
      '      gate_test  2026-11-21T01:00:00.000Z',
    ])
    expect(JSON.parse((await lines('trace', '--area', '', ...time, '--json')).join('')).contacts).toHaveLength(2)
    expect((await lines('devices'))[1]).toMatch(new RegExp(`^${device.id} +Cổng C +20..-..-..T[^ ]+Z`))
    expect(await gatePlatform('drop-days', '--before', '2000-01-01')).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('follows the live list until it is ended', { timeout: 60_000 }, async () => {
    await start()
    const site = await newSite()
    const device = await enrolDevice(url, await line('enrolment', '--site', site))
    const [log, visits] = [randomUUID(), visitLog(2)]
    await upload(device, log, visits.slice(0, 1))
    const shown = follow('live', '--site', site, '--json')
    expect(await shown.next()).toMatchObject({ id: visits[0]?.['id'] })
    await upload(device, log, visits)
    expect(await shown.next()).toMatchObject({ id: visits[1]?.['id'] })
  })

  test('refuses a second server on the same folder', { timeout: 60_000 }, async () => {
    await start()
    const second = await gatePlatform('serve', '--data', data)
    expect(second).toEqual({
      code: 1,
      stdout: '',
      stderr: `gate-platform: ${data} is in use by another gate-platform serve\n`,
    })
  })

  test('prints a site as JSON, and an empty list of visits as an empty array', { timeout: 60_000 }, async () => {
    await start()
    const site = z
      .strictObject({ id: z.string(), name: z.string(), kind: z.string(), address: z.string() })
      .parse(JSON.parse(await line('site', 'add', '--name', 'Chợ', '--kind', 'market', '--json')))
    expect(await listedSeqs('--site', site.id)).toEqual([])
  })

  test('refuses what it does not know, in one line and with status 1', { timeout: 60_000 }, async () => {
    await start()
    const unknown = 'site_00000000000000000000000000000000'
    expect(await gatePlatform('enrolment', '--site', unknown)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'gate-platform: site: no site has this id\n',
    })
    const site = await newSite()
    const foreign = await gatePlatform('revoke', '--site', site, '--code', 'VNG1:ABC')
    expect([foreign.code, foreign.stderr]).toEqual([
      1,
      'gate-platform: code: expected a VNG1:… code that this platform signed\n',
    ])
  })
})

test('without a running server a command says how to reach one', async () => {
  const { code, stderr } = await gatePlatform('visits', '--site', 'site_00000000000000000000000000000000')
  expect(code).toBe(1)
  expect(stderr).toMatch(/^gate-platform: no running platform found .*--data or --database\n$/)
})

const noSite = `site_${'0'.repeat(32)}`

test.each([
  [[], 'expected a command, got none'],
  [['dance'], 'expected a command, got "dance"'],
  [['serve'], 'expected one of --data and --database'],
  [['serve', '--data', 'x', '--port', 'many'], '--port: expected a port'],
  [['serve', '--data', 'x', '--url', 'ftp://a'], '--url: expected https://… or http://…'],
  [['serve', '--data', 'x', '--fast'], "Unknown option '--fast'"],
  [['site', 'add', '--kind', 'office'], '--name is missing'],
  [['site', 'add', '--name', 'A', '--kind', 'castle'], '--kind: Invalid option'],
  [['enrolment', '--site', '7'], '--site: expected site_…'],
  [['mint', '--site', noSite, '--name', 'A', '--born', '1990-02-30'], '--born: expected YYYY-MM-DD'],
  [['mint', '--site', noSite, '--born', '1990-02-28'], '--name is missing'],
  [['mint', '--site', noSite, '--name', 'A'], '--born is missing'],
  [['mint', '--site', noSite, '--opaque', '--lifetime', '0s'], '--lifetime: expected 1 to 999999 and a unit'],
  [['mint', '--site', noSite, '--opaque', '--lifetime', '1w'], '--lifetime: expected 1 to 999999 and a unit'],
  [['mint', '--site', noSite, '--opaque', '--lifetime=-5s'], '--lifetime: expected 1 to 999999 and a unit'],
  [['mint', '--site', noSite, '--opaque', '--lifetime', '9999999d'], '--lifetime: expected 1 to 999999 and a unit'],
  [
    ['mint', '--site', noSite, '--opaque', '--lifetime', '7d', '--expires', '2027-01-01'],
    '--lifetime: expected one of --expires and --lifetime',
  ],
  [['policy'], '--site is missing'],
  [['trust'], '--file is missing'],
  [['statistics', '--site', noSite, '--by', 'age'], '--by: Invalid option'],
  [['trace', '--site', noSite], 'expected one of --subject, --document, --insurance and --area'],
  [['trace', '--site', noSite, '--document', '12 34'], '--document: expected the whole number'],
  [['trace', '--site', noSite, '--area', 'A', '--from', 'noon'], '--from: expected YYYY-MM-DD'],
  [['drop-days', '--before', 'today'], '--before: expected YYYY-MM-DD'],
])('%j is a usage error', async (args, message) => {
  const { code, stdout, stderr } = await gatePlatform(...args)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(message)
})

describe('gate-platform on PostgreSQL', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster()
  }, 60_000)
  afterAll(() => cluster.stop())

  test('takes commands with and without a running server', { timeout: 60_000 }, async () => {
    const where = ['--database', cluster.url]
    const site = await newSite(...where)
    const early = await gatePlatform('enrolment', '--site', site, ...where)
    expect([early.code, early.stderr]).toEqual([
      1,
      'gate-platform: the platform has no URL yet: start gate-platform serve once\n',
    ])
    const { url } = await startServer(...where, '--url', 'https://platform.example/')
    const code = await line('enrolment', '--site', site)
    expect(code).toContain('url=https%3A%2F%2Fplatform.example&')
    const device = await enrolDevice(url, code)
    expect(device.audience).toBe('https://platform.example')
    expect((await upload(device, randomUUID(), visitLog(2))).status).toBe(200)
    expect(await listedSeqs('--site', site, ...where)).toEqual([1, 2])
  })
})
