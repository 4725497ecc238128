import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PlatformClient } from '../../sync/client.ts'
import { PlatformClock } from '../../sync/clock.ts'
import type { Enrolment } from '../../sync/enrolment.ts'
import { fetchPolicy, openPolicy } from '../../sync/policy.ts'
import { policyPayload } from './policies.ts'
import { type Scripted, ScriptedPlatform } from './scripted-platform.ts'

describe('the policy', () => {
  let platform: ScriptedPlatform
  let enrolment: Enrolment
  let client: PlatformClient

  beforeEach(async () => {
    platform = await ScriptedPlatform.start()
    enrolment = await platform.enrol()
    client = new PlatformClient(enrolment, new PlatformClock())
  })
  afterEach(async () => {
    client.close()
    await platform.close()
  })

  const fetched = (version: number) => fetchPolicy(client, enrolment.signingKey, version)

  it('comes down whole, with the signature that lets the gate open it again later', async () => {
    const result = await fetched(0)
    expect(result).toMatchObject({ kind: 'new', policy: policyPayload(1) })
    const jws = result.kind === 'new' ? result.jws : ''
    expect(await openPolicy(jws, enrolment.signingKey)).toEqual({ kind: 'good', value: policyPayload(1) })
    expect(platform.to('policy')[0]?.headers['if-none-match']).toBeUndefined()
  })

  it('keeps the members that this version does not know', async () => {
    platform.policy = { ...policyPayload(1), tomorrow: { a: 1 } }
    expect(await fetched(0)).toMatchObject({ policy: { tomorrow: { a: 1 } } })
  })

  it('is unchanged when the platform has the same version', async () => {
    expect(await fetched(1)).toEqual({ kind: 'unchanged' })
    expect(platform.to('policy')[0]?.headers['if-none-match']).toBe('"1"')
  })

  it('is unchanged when the same version comes once more', async () => {
    platform.next('policy', { kind: 'changed', payload: {} })
    expect(await fetched(1)).toEqual({ kind: 'unchanged' })
  })

  it('is taken when it is newer', async () => {
    platform.policy = policyPayload(7)
    expect(await fetched(6)).toMatchObject({ kind: 'new', policy: { version: 7 } })
  })

  it('is refused when it is older than the one in force', async () => {
    expect(await fetched(2)).toMatchObject({ kind: 'refused', why: expect.stringContaining('expected 2 or later') })
  })

  it.each<[string, Scripted]>([
    ['is signed by another key', { kind: 'changed', by: 'stranger' }],
    ['is the page of a captive portal', { kind: 'answer', status: 200, body: '<html>sign in</html>' }],
    ['is empty', { kind: 'answer', status: 200 }],
  ])('is refused when it %s', async (_how, scripted) => {
    platform.next('policy', scripted)
    expect(await fetched(0)).toMatchObject({ kind: 'failed', why: expect.stringContaining('not signed by') })
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['has another shape', { version: '2' }, 'version: '],
    ['discloses in a way that nobody knows', { site: { disclosure: 'all' } }, 'site.'],
    [
      'refers to a list in a way that nobody knows',
      { revoked: { list: 'revoked', version: 1, digest: '' } },
      'revoked.cti: ',
    ],
  ])('is refused, with the member that is to blame, when it %s', async (_how, payload, member) => {
    platform.next('policy', { kind: 'changed', payload })
    const why = expect.stringContaining(`the policy cannot be read: ${member}`)
    expect(await fetched(0)).toEqual({ kind: 'refused', why })
  })

  it('is refused when one letter of it was changed on the way', async () => {
    const [header, payload, signature] = (await platform.sign(policyPayload(1))).split('.')
    const changed = Buffer.from(JSON.stringify(policyPayload(2))).toString('base64url')
    const opened = (part = '') => openPolicy([header, part, signature].join('.'), enrolment.signingKey)
    expect(await opened(payload)).toMatchObject({ kind: 'good' })
    expect(await opened(changed)).toEqual({ kind: 'unsigned' })
  })

  it('is refused without a signature, whatever algorithm its header names', async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const none = `${part({ alg: 'none' })}.${part(policyPayload(1))}.`
    expect(await openPolicy(none, enrolment.signingKey)).toEqual({ kind: 'unsigned' })
  })

  it.each<[number, Scripted]>([
    [0, { kind: 'answer', status: 404, body: 'not here' }],
    [0, { kind: 'answer', status: 500, headers: { 'retry-after': '-3' } }],
    [0, { kind: 'answer', status: 503, headers: { 'retry-after': 'soon' } }],
    [0, { kind: 'answer', status: 403, body: '<html>blocked</html>' }],
    [0, { kind: 'answer', status: 403, body: '{"code":"invalid"}' }],
    [0, { kind: 'answer', status: 500, body: '{"code":"revoked"}' }],
    [7000, { kind: 'answer', status: 429, headers: { 'retry-after': '7' } }],
    [3_600_000, { kind: 'answer', status: 503, headers: { 'retry-after': '99999999' } }],
  ])('is asked for again, not sooner than in %d ms, after %j', async (waitMs, scripted) => {
    platform.next('policy', scripted)
    expect(await fetched(1)).toMatchObject({ kind: 'failed', waitMs })
  })

  it.each([0, 20 * 365 * 24 * 3_600_000])(
    'waits until a date by the clock of the platform, %d ms ahead',
    async (skewMs) => {
      const now = Date.now() + skewMs
      const headers = { date: new Date(now).toUTCString(), 'retry-after': new Date(now + 30_000).toUTCString() }
      platform.next('policy', { kind: 'answer', status: 503, headers })
      expect(await fetched(1)).toMatchObject({ kind: 'failed', waitMs: 30_000 })
    },
  )

  it('tells a gate that was revoked', async () => {
    platform.next('policy', { kind: 'answer', status: 403, body: '{"code":"revoked"}' })
    expect(await fetched(1)).toEqual({ kind: 'revoked', purge: false })
  })
})
