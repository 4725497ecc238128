import { compactVerify, decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listVisits, mint, type Platform, revokeCode } from '../../platform/admin.ts'
import { Policy } from '../../sync/protocol.ts'
import { call, type Device, enrolDevice } from './client.ts'
import { engines, makeCode, makeSite, run, startEngine } from './engine.ts'

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
  const _stored = async (device: Device) => {
    const page = await run(platform, listVisits, { site })
    return page.filter((visit) => visit.device === device.id)
  }

  describe('the policy', () => {
    const get = (device: Device, headers: Record<string, string> = {}) =>
      call(device, { method: 'GET', path: `/v1/devices/${device.id}/policy`, headers })

    async function policyOf(device: Device, response: Response) {
      const { payload } = await compactVerify(await response.text(), device.signingKey, { algorithms: ['EdDSA'] })
      return Policy.parse(JSON.parse(new TextDecoder().decode(payload)))
    }

    test('is signed and holds the site, the gate and the issuer', async () => {
      const device = await newDevice()
      const response = await get(device)
      expect(response.headers.get('content-type')).toBe('application/jose')
      expect(response.headers.get('etag')).toBe('"1"')
      expect(await policyOf(device, response)).toMatchObject({
        version: 1,
        site: { id: site, name: 'Chợ Đông', kind: 'market', disclosure: 'masked', timeZone: 'Asia/Ho_Chi_Minh' },
        gate: { name: 'Cổng A' },
        issuers: [{ iss: 'VNG' }],
        sealTo: { crv: 'X25519' },
        accept: ['signed', 'cccd'],
        repeatSeconds: 3,
        retentionDays: 21,
      })
    })

    test('holds no private key', async () => {
      const device = await newDevice()
      const claims = decodeJwt(await (await get(device)).text())
      expect(JSON.stringify(claims)).not.toContain('"d":')
    })

    test('is not sent again while the gate holds it', async () => {
      const device = await newDevice()
      const etag = (await get(device)).headers.get('etag') ?? ''
      const response = await get(device, { 'if-none-match': etag })
      expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', etag])
    })

    test('rises in version when a code is revoked', async () => {
      const device = await newDevice()
      const before = await policyOf(device, await get(device))
      const person = { site, name: 'Nguyễn Văn An', born: '1990-01-01' }
      const nothing = { sex: undefined, id: undefined, expires: undefined, 'not-before': undefined }
      const { code } = await run(platform, mint, { ...person, ...nothing })
      const { revoked } = await run(platform, revokeCode, { site, code })
      const response = await get(device, { 'if-none-match': `"${before.version}"` })
      const after = await policyOf(device, response)
      expect(after.version).toBe(before.version + 1)
      expect(after.revoked.cti).toContain(revoked)
    })

    test('rises in version when the issued one is older than a day', async () => {
      const device = await newDevice()
      await get(device)
      await platform.database.query("update device set policy_issued_at = now() - interval '25 hours'")
      expect((await policyOf(device, await get(device, { 'if-none-match': '"1"' }))).version).toBe(2)
    })
  })
})
