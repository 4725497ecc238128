import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listVisits, type Platform } from '../../platform/admin.ts'
import { mint } from '../../platform/mint.ts'
import { revokeCode, revokeDevice, unrevokeDevice } from '../../platform/revoke.ts'
import type { Health } from '../../sync/protocol.ts'
import {
  bytes,
  call,
  type Device,
  deviceRequest,
  enrolDevice,
  getPolicy,
  newKey,
  openPolicy,
  postDevice,
  type Request,
  send,
  signToken,
  upload,
} from './client.ts'
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

  describe('enrolment', () => {
    test('works once, and pins the signing key named in the code', async () => {
      const code = await makeCode(platform, site)
      const request = deviceRequest(code, newKey().publicKey)
      const first = await postDevice(base, request)
      expect(first.status).toBe(201)
      expect(await first.json()).toMatchObject({ deviceId: expect.stringMatching(/^dev_/), audience: base })
      expect(code).toContain(`&key=${platform.keys.thumbprint}`)
      const second = await postDevice(base, request)
      expect([second.status, await second.json()]).toEqual([410, { code: 'gone' }])
    })

    test('refuses an expired token', async () => {
      const code = await makeCode(platform, site)
      await platform.database.query("update enrolment set expires_at = now() - interval '1 second'")
      expect((await postDevice(base, deviceRequest(code, newKey().publicKey))).status).toBe(410)
    })

    test('refuses a bad key and leaves the token usable', async () => {
      const code = await makeCode(platform, site)
      const request = deviceRequest(code, newKey().publicKey)
      const bad = await postDevice(base, { ...request, publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'short' } })
      expect(bad.status).toBe(422)
      expect(await bad.json()).toMatchObject({ code: 'invalid', detail: expect.stringContaining('publicKey.x') })
      expect((await postDevice(base, request)).status).toBe(201)
    })

    test('refuses a name that the database cannot hold', async () => {
      const request = deviceRequest(await makeCode(platform, site), newKey().publicKey)
      expect((await postDevice(base, { ...request, name: 'a\0b' })).status).toBe(422)
    })

    test('refuses a body that is not JSON', async () => {
      const response = await fetch(`${base}/v1/devices`, { method: 'POST', body: '{' })
      expect([response.status, await response.json()]).toEqual([
        422,
        { code: 'invalid', detail: 'body: expected JSON in UTF-8' },
      ])
    })
  })

  describe('a device request', () => {
    const now = () => Math.floor(Date.now() / 1000)
    const changes: [string, () => Parameters<typeof signToken>[2]][] = [
      ['of another issuer', () => ({ claims: { iss: 'dev_other' } })],
      ['for another audience', () => ({ claims: { aud: 'https://other.example' } })],
      ['issued too long ago', () => ({ claims: { iat: now() - 200, exp: now() - 140 } })],
      ['issued in the future', () => ({ claims: { iat: now() + 120, exp: now() + 180 } })],
      ['that lives longer than 60 s', () => ({ claims: { exp: now() + 120 } })],
      ['without exp', () => ({ claims: { exp: undefined } })],
      ['without jti', () => ({ claims: { jti: undefined } })],
      ['of another method', () => ({ claims: { htm: 'POST' } })],
      ['of another path', () => ({ claims: { htu: '/v1/devices/dev_other/policy' } })],
      ['of another body', () => ({ claims: { bh: 'A'.repeat(43) } })],
      ['of another type', () => ({ header: { typ: 'JWT' } })],
      ['with another kid', () => ({ header: { kid: 'dev_other' } })],
      ['signed with another key', () => ({ key: generateKeyPairSync('ed25519').privateKey })],
    ]
    let device: Device
    let request: Request
    beforeAll(async () => {
      device = await newDevice()
      request = { method: 'GET', path: `/v1/devices/${device.id}/policy` }
    })

    test.each(changes)('%s is unauthorized, and the answer carries the time', async (_name, change) => {
      const response = await send(device, request, await signToken(device, request, change()))
      expect([response.status, await response.json()]).toEqual([401, { code: 'unauthorized' }])
      expect(Date.parse(response.headers.get('date') ?? '')).toBeGreaterThan(0)
    })

    test('is accepted once', async () => {
      const token = await signToken(device, request)
      expect((await send(device, request, token)).status).toBe(200)
      expect((await send(device, request, token)).status).toBe(401)
    })

    test('is accepted when the clocks differ by less than 30 s', async () => {
      const token = await signToken(device, request, { claims: { iat: now() + 20, exp: now() + 80 } })
      expect((await send(device, request, token)).status).toBe(200)
    })

    test('without a token, with rubbish for one, or of an unknown device is unauthorized', async () => {
      expect((await fetch(base + request.path)).status).toBe(401)
      expect((await send(device, request, 'a.b.c')).status).toBe(401)
      const stranger = { ...device, id: 'dev_00000000000000000000000000000000' }
      expect((await call(stranger, { method: 'GET', path: `/v1/devices/${stranger.id}/policy` })).status).toBe(401)
    })

    test('of a revoked device is refused with 403, until it is unrevoked', async () => {
      const revoked = await newDevice()
      const log = randomUUID()
      const answer = async () => {
        const response = await upload(revoked, log, visitLog(1))
        return [response.status, await response.json()]
      }
      await run(platform, revokeDevice, { device: revoked.id })
      expect(await answer()).toEqual([403, { code: 'revoked' }])
      await run(platform, revokeDevice, { device: revoked.id, purge: true })
      await run(platform, revokeDevice, { device: revoked.id })
      expect(await answer()).toEqual([403, { code: 'revoked', purge: true }])
      expect(await stored(revoked)).toEqual([])
      await run(platform, unrevokeDevice, { device: revoked.id })
      expect(await answer()).toMatchObject([200, { acked: 1 }])
      await run(platform, revokeDevice, { device: revoked.id })
      expect(await answer()).toEqual([403, { code: 'revoked' }])
    })
  })

  describe('the policy', () => {
    test('is signed and holds the site, the gate and the issuer', async () => {
      const device = await newDevice()
      const response = await getPolicy(device)
      expect(response.headers.get('content-type')).toBe('application/jose')
      expect(response.headers.get('etag')).toBe('"1"')
      expect(await openPolicy(device, response)).toMatchObject({
        version: 1,
        site: { id: site, name: 'Chợ Đông', kind: 'market', disclosure: 'masked', timeZone: 'Asia/Ho_Chi_Minh' },
        gate: { name: 'Cổng A' },
        issuers: [{ iss: 'VNG' }],
        sealTo: { crv: 'X25519' },
        accept: ['signed', 'cccd', 'pccovid', 'bhyt', 'dcc'],
        dcc: [],
        repeatSeconds: 3,
        retentionDays: 21,
      })
    })

    test('holds no private key', async () => {
      const device = await newDevice()
      const claims = decodeJwt(await (await getPolicy(device)).text())
      expect(JSON.stringify(claims)).not.toContain('"d":')
    })

    test('is not sent again while the gate holds it', async () => {
      const device = await newDevice()
      const etag = (await getPolicy(device)).headers.get('etag') ?? ''
      const response = await getPolicy(device, { 'if-none-match': etag })
      expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', etag])
    })

    test('rises in version when a code is revoked', async () => {
      const device = await newDevice()
      const before = await openPolicy(device, await getPolicy(device))
      const { code } = await run(platform, mint, { site, opaque: true })
      const { revoked } = await run(platform, revokeCode, { site, code })
      const response = await getPolicy(device, { 'if-none-match': `"${before.version}"` })
      const after = await openPolicy(device, response)
      expect(after.version).toBe(before.version + 1)
      expect(after.revoked.cti).toContain(revoked)
    })

    test('rises in version when the issued one is older than a day', async () => {
      const device = await newDevice()
      await getPolicy(device)
      await platform.database.query("update device set policy_issued_at = now() - interval '25 hours'")
      expect((await openPolicy(device, await getPolicy(device, { 'if-none-match': '"1"' }))).version).toBe(2)
    })
  })

  test('the last health of a device is kept', async () => {
    const device = await newDevice()
    const health: Health = {
      at: '',
      software: { name: 'gate-kiosk', version: '1.0.0' },
      policyVersion: 1,
      queue: { waiting: 3, oldest: null, refused: 0 },
      readers: [{ id: 'r1', driver: 'serial', state: 'open' }],
      disk: { freeBytes: 5 * 2 ** 30 },
      clock: { source: 'platform', offsetMs: 0, boot: randomUUID(), upMs: 60_000 },
      uptimeMs: 60_000,
      later: 'a member that this version does not know',
    }
    const report = async (at: string) => {
      const body = bytes(JSON.stringify({ ...health, at }))
      return call(device, { method: 'POST', path: `/v1/devices/${device.id}/health`, body })
    }
    expect((await report('2026-11-21T08:00:00+07:00')).status).toBe(204)
    expect((await report('2026-11-21T08:05:00+07:00')).status).toBe(204)
    const rows = await platform.database.query('select health from device where id = $1', [device.id])
    expect(rows).toEqual([{ health: { ...health, at: '2026-11-21T08:05:00+07:00' } }])
    expect((await report('yesterday')).status).toBe(422)
  })

  test('the admin interface is closed without its key', async () => {
    const response = await fetch(`${base}/admin/add-site`, { method: 'POST', body: '{"name":"x","kind":"shop"}' })
    expect([response.status, await response.json()]).toEqual([401, { code: 'unauthorized' }])
  })

  test('the admin interface takes in nothing of a body before it has seen the key', async () => {
    const request = http.request(`${base}/admin/sign-trust`, {
      method: 'POST',
      headers: { 'content-length': 1_000_000 },
    })
    request.flushHeaders()
    const [response] = await once(request, 'response')
    expect(response.statusCode).toBe(401)
    request.destroy()
  })

  test('an unknown route is answered with 404', async () => {
    expect((await fetch(`${base}/v2`)).status).toBe(404)
  })
})
