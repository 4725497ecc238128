import { createHash } from 'node:crypto'
import { compactVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Platform } from '../../platform/admin.ts'
import { mint } from '../../platform/mint.ts'
import { revokeCode } from '../../platform/revoke.ts'
import { ListDelta, ListRef, Policy } from '../../sync/protocol.ts'
import { call, type Device, enrolDevice, getPolicy } from './client.ts'
import { engines, makeCode, makeSite, run, startEngine } from './engine.ts'
import { revokeIds } from './revocations.ts'

describe.each(engines)('the list of revoked codes on %s', (kind) => {
  let base: string
  let platform: Platform
  let site: string
  let device: Device
  let stop: () => Promise<void>

  beforeAll(async () => {
    ;({ base, platform, stop } = await startEngine(kind))
  }, 60_000)
  afterAll(() => stop())
  beforeEach(async () => {
    site = await makeSite(platform)
    device = await enrolDevice(base, await makeCode(platform, site))
  })

  const query = (text: string) => platform.database.query(text, [site])
  async function signed(answer: Response): Promise<unknown> {
    const { payload } = await compactVerify(await answer.text(), device.signingKey, { algorithms: ['EdDSA'] })
    return JSON.parse(new TextDecoder().decode(payload))
  }
  const policy = async () => Policy.parse(await signed(await getPolicy(device)))
  const ask = (question: string) => call(device, { method: 'GET', path: `/v1/devices/${device.id}/lists/${question}` })
  const delta = async (question: string) => ListDelta.parse(await signed(await ask(question)))
  const revoke = async () => {
    const { code } = await run(platform, mint, { site, opaque: true })
    return (await run(platform, revokeCode, { site, code })).revoked
  }
  const revokeMany = (count: number) => revokeIds(platform, site, count)
  const digestOf = (ids: Iterable<string>) =>
    createHash('sha256')
      .update(
        [...ids]
          .map((id) => JSON.stringify(id))
          .sort()
          .join('\n'),
      )
      .digest('base64url')

  test('stands in the policy while it is short, and apart when it is long', async () => {
    const ids = [...(await revokeMany(999)), await revoke()]
    expect((await policy()).revoked.cti).toEqual(ids.toSorted())
    ids.push(await revoke())
    const long = await policy()
    expect(long.revoked.cti).toEqual({ list: 'revoked', version: 1001, digest: digestOf(ids) })
  })

  test('is told whole, and then what came and went', async () => {
    const [first, second] = [await revoke(), await revoke()]
    const whole = await delta('revoked')
    expect(whole).toEqual({
      ...{ name: 'revoked', from: 0, version: 2, add: [first, second].sort(), remove: [] },
      digest: digestOf([first, second]),
    })
    const third = await revoke()
    await platform.database.query(
      `update revocation set expires_at = now() - interval '2 days' where site = $1 and cti = $2`,
      [site, first],
    )
    await query(`update list set swept_at = now() - interval '2 hours' where site = $1`)
    expect(await delta('revoked?since=2')).toEqual({
      ...{ name: 'revoked', from: 2, version: 4, add: [third], remove: [first], digest: digestOf([second, third]) },
    })
    expect(await delta('revoked')).toMatchObject({ from: 0, add: [second, third].sort(), remove: [] })
    expect((await policy()).revoked.cti).toEqual([second, third].sort())
    expect(await delta('revoked?since=4')).toMatchObject({ from: 4, version: 4, add: [], remove: [] })
  })

  test('is told whole to a gate that knows a later version than the platform', async () => {
    const only = await revoke()
    expect(await delta('revoked?since=77')).toMatchObject({ from: 0, version: 1, add: [only] })
  })

  test('counts no code twice', async () => {
    const { code } = await run(platform, mint, { site, opaque: true })
    await run(platform, revokeCode, { site, code })
    await run(platform, revokeCode, { site, code })
    expect(await delta('revoked')).toMatchObject({ version: 1, add: [expect.any(String)] })
  })

  test('comes in answers that a slow link carries, until the digest is right', async () => {
    const ids = await revokeMany(25_000)
    const { cti } = await policy().then(({ revoked }) => revoked)
    const { version, digest } = ListRef.parse(cti)
    const held = new Set<string>()
    const sizes: number[] = []
    for (let since = 0; since < version; ) {
      const answer = await ask(`revoked?since=${since}`)
      sizes.push(Number(answer.headers.get('content-length')))
      const { from, add, remove, version: reached } = ListDelta.parse(await signed(answer))
      expect(from).toBe(since)
      expect(add.length).toBeLessThanOrEqual(10_000)
      for (const id of add) held.add(String(id))
      for (const id of remove) held.delete(String(id))
      since = reached
    }
    expect(sizes).toHaveLength(3)
    // What a link of 64 kbit/s carries before a gate gives up.
    expect(Math.max(...sizes)).toBeLessThan(250_000)
    expect([digestOf(held), held.size]).toEqual([digest, ids.length])
  })

  test('forgets what ran out long ago', async () => {
    await revoke()
    await query(`update revocation set expires_at = now() - interval '91 days' where site = $1`)
    await query(`update list set swept_at = now() - interval '2 hours' where site = $1`)
    expect(await delta('revoked')).toMatchObject({ version: 2, add: [], digest: digestOf([]) })
    expect(await query('select cti from revocation where site = $1')).toEqual([])
  })

  test.each([
    ['flags', 404],
    ['revoked?since=-1', 422],
    ['revoked?since=new', 422],
  ])('%s is refused', async (question, status) => {
    expect((await ask(question)).status).toBe(status)
  })
})
