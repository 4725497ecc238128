import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Platform } from '../../platform/admin.ts'
import { SitePolicy, sitePolicy } from '../../platform/site-policy.ts'
import { type Device, enrolDevice, getPolicy, openPolicy } from './client.ts'
import { engines, makeCode, makeSite, run, startEngine } from './engine.ts'

const label = { vi: 'Thẻ nhân viên', en: 'Staff card' }
const members = {
  accept: ['signed', 'x-staff'],
  patterns: [{ kind: 'x-staff', pattern: 'NV(?P<id>[0-9]{6})', label }],
  dcc: [{ kid: 'AAAAAAAAAAE', key: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, country: 'VN' }],
  repeatSeconds: 30,
}

describe.each(engines)('the policy of a site on %s', (kind) => {
  let base: string
  let platform: Platform
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ base, platform, stop } = await startEngine(kind))
  }, 60_000)
  afterAll(() => stop())

  async function newGate() {
    const site = await makeSite(platform)
    return { site, device: await enrolDevice(base, await makeCode(platform, site)) }
  }
  const policyOf = async (device: Device) => openPolicy(device, await getPolicy(device))

  test('has no members of its own at first', async () => {
    expect(await run(platform, sitePolicy, { site: await makeSite(platform) })).toEqual({})
  })

  test('reaches its gates as a new version, and all else stays', async () => {
    const { site, device } = await newGate()
    const before = await policyOf(device)
    expect(await run(platform, sitePolicy, { site, members })).toEqual(members)
    const after = await policyOf(device)
    const { issuedAt, expiresAt, revoked } = after
    expect(after).toEqual({ ...before, ...members, version: before.version + 1, issuedAt, expiresAt, revoked })
    expect(revoked.cti).toEqual(before.revoked.cti)
  })

  test('is replaced as a whole, so that what is left out is the platform’s again', async () => {
    const { site, device } = await newGate()
    const before = await policyOf(device)
    await run(platform, sitePolicy, { site, members })
    expect(await run(platform, sitePolicy, { site, members: { repeatSeconds: 0 } })).toEqual({ repeatSeconds: 0 })
    expect(await run(platform, sitePolicy, { site })).toEqual({ repeatSeconds: 0 })
    const { accept, dcc, repeatSeconds, patterns } = await policyOf(device)
    expect({ accept, dcc, repeatSeconds, patterns }).toEqual({ accept: before.accept, dcc: [], repeatSeconds: 0 })
  })

  test('of one site is not that of another', async () => {
    const [one, other] = [await newGate(), await newGate()]
    const before = await policyOf(other.device)
    await run(platform, sitePolicy, { site: one.site, members })
    expect(await policyOf(other.device)).toEqual(before)
  })

  test('is refused for a site that is none', async () => {
    const answer = await sitePolicy.run(platform, { site: `site_${'0'.repeat(32)}`, members })
    expect(answer).toEqual({ kind: 'refused', why: 'site: no site has this id' })
  })
})

test.each([
  ['accept', 'signed'],
  ['accept', [1]],
  ['patterns', {}],
  ['dcc', null],
  ['repeatSeconds', '3'],
  ['repeatSeconds', -1],
  ['repeatSeconds', 3601],
  ['accept', ['x-a\0b']],
  ['accept', ['cccdd']],
  ['dcc', ['x'.repeat(5_000_000)]],
  ['patterns', [{ kind: '\ud800' }]],
  ['dcc', [{ '\0': 1 }]],
  ['dcc', JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`)],
])('a wrong %s is named', (member, value) => {
  const { error } = SitePolicy.safeParse({ [member]: value })
  expect(error?.issues[0]?.path[0]).toBe(member)
})

test('a member that is not the operator’s to set is named', () => {
  expect(SitePolicy.safeParse({ subjectKey: 'AAAA' }).error?.issues[0]?.message).toContain('subjectKey')
})
