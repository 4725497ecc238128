import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Platform } from '../../platform/admin.ts'
import { type Device, enrolDevice, upload, visitsPath } from './client.ts'
import { engines, makeCode, makeSite, startEngine } from './engine.ts'
import { visitLog } from './visits.ts'

describe.each(engines)('an overloaded platform on %s', (kind) => {
  let base: string
  let platform: Platform
  let stop: () => Promise<void>

  beforeAll(async () => {
    ;({ base, platform, stop } = await startEngine(kind))
  }, 60_000)
  afterAll(() => stop())

  /** An upload whose body never comes. Nobody needs to know who sends it. */
  function hanging({ base }: Device, path: string) {
    const request = http.request(base + path, { method: 'POST', headers: { 'content-length': 1000 }, agent: false })
    request.on('error', () => {})
    request.flushHeaders()
    return request
  }

  test('sends uploads away with the time to come back, before their body, and takes them once there is room', async () => {
    const device = await enrolDevice(base, await makeCode(platform, await makeSite(platform)))
    const path = visitsPath(device)
    const requests = Array.from({ length: 140 }, () => hanging(device, path))
    const answers = requests.map(async (request) => (await once(request, 'response'))[0])
    const answer: http.IncomingMessage = await Promise.race(answers)
    expect(answer.statusCode).toBe(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(10)
    const [log, visits] = [randomUUID(), visitLog(3)]
    const away = await upload(device, log, visits)
    expect([away.status, await away.json()]).toEqual([503, { code: 'busy' }])
    for (const request of requests) request.destroy()
    await vi.waitFor(async () => expect((await upload(device, log, visits)).status).toBe(200))
  })

  test('takes what came in at the same time one after the other, each once', async () => {
    const site = await makeSite(platform)
    const devices = await Promise.all(
      Array.from({ length: 40 }, async () => enrolDevice(base, await makeCode(platform, site))),
    )
    const visits = visitLog(20)
    const answers = await Promise.all(devices.map((device) => upload(device, randomUUID(), visits)))
    expect(answers.map(({ status }) => status)).toEqual(devices.map(() => 200))
    const rows = await platform.database.query('select count(*)::integer as n from visit where site = $1', [site])
    expect(rows).toEqual([{ n: 800 }])
  })
})
