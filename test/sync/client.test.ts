import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PlatformClient } from '../../sync/client.ts'
import { PlatformClock } from '../../sync/clock.ts'
import { sha256 } from '../../sync/digest.ts'
import type { Enrolment } from '../../sync/enrolment.ts'
import { UploadingGate } from './gate.ts'
import { ScriptedPlatform } from './scripted-platform.ts'

const yearMs = 365 * 24 * 3_600_000

describe('the client', () => {
  let platform: ScriptedPlatform
  let enrolment: Enrolment
  let clock: PlatformClock
  let client: PlatformClient

  beforeEach(async () => {
    platform = await ScriptedPlatform.start()
    enrolment = await platform.enrol()
    clock = new PlatformClock()
    client = new PlatformClient(enrolment, clock)
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    client.close()
    await platform.close()
  })

  it('signs each request with every claim that the protocol asks for', async () => {
    const before = Math.floor(Date.now() / 1000)
    await client.request('GET', '/policy')
    const token = platform.to('policy')[0]?.token
    expect(token?.header).toEqual({ alg: 'EdDSA', typ: 'gate-device+jwt', kid: enrolment.deviceId })
    expect(token?.claims).toEqual({
      iss: enrolment.deviceId,
      aud: enrolment.audience,
      iat: expect.any(Number),
      exp: (token?.claims.iat ?? 0) + 60,
      jti: expect.any(String),
      htm: 'GET',
      htu: `/v1/devices/${enrolment.deviceId}/policy`,
      bh: sha256(''),
    })
    expect(token?.claims.iat).toBeGreaterThanOrEqual(before)
  })

  it('signs the path with its query', async () => {
    await client.request('GET', '/policy?since=1&x=%C3%A1')
    expect(platform.requests[0]?.token?.claims.htu).toBe(platform.requests[0]?.target)
    expect(platform.requests[0]?.target).toMatch(/\?since=1&x=%C3%A1$/)
  })

  it('signs the path below the one of the platform', async () => {
    const below = new PlatformClient({ ...enrolment, url: `${enrolment.url}/gates` }, clock)
    await below.request('GET', '/policy')
    // The scripted platform does not live there and lets nobody in; what matters is what it was asked for.
    expect(platform.requests[0]?.target).toBe(`/gates/v1/devices/${enrolment.deviceId}/policy`)
    below.close()
  })

  it('signs the body as it is sent, after compression', async () => {
    const gate = new UploadingGate(platform, enrolment)
    gate.outbox.add(3)
    expect(await gate.upload()).toMatchObject({ kind: 'acknowledged' })
    const sent = platform.to('visits')[0]
    expect(sent?.headers['content-encoding']).toBe('gzip')
    expect(sent?.token?.claims.bh).toBe(sha256(sent?.body ?? ''))
    gate.end()
  })

  it('never uses a token twice', async () => {
    for (let i = 0; i < 5; i++) await client.request('GET', '/policy')
    const used = platform.requests.map(({ token }) => token?.claims.jti)
    expect(new Set(used).size).toBe(5)
    expect(used).not.toContain(undefined)
  })

  it.each([10 * yearMs, -10 * yearMs, 10 * 60_000])('gets in though its clock is off by %d ms', async (skewMs) => {
    platform.skewMs = skewMs
    expect(await client.request('GET', '/policy')).toMatchObject({ kind: 'answer', status: 200 })
    expect(platform.requests.map(({ token }) => token !== null)).toEqual([false, true])
    expect(Math.abs(clock.now().getTime() - Date.now() - skewMs)).toBeLessThan(5000)
    expect(clock.stamp()).toMatchObject({ source: 'platform' })
    expect(await client.request('GET', '/policy')).toMatchObject({ status: 200 })
    expect(platform.requests).toHaveLength(3)
  })

  it('tries only once more after a 401', async () => {
    platform.always('policy', () => ({ kind: 'answer', status: 401, body: '{"code":"unauthorized"}' }))
    expect(await client.request('GET', '/policy')).toMatchObject({ kind: 'answer', status: 401 })
    expect(platform.requests).toHaveLength(2)
  })

  it('does not take the time from an answer that is neither good nor 401', async () => {
    platform.skewMs = yearMs
    platform.next('policy', { kind: 'answer', status: 503 })
    await client.request('GET', '/policy')
    expect(clock.stamp()).toMatchObject({ source: 'system', offsetMs: 0 })
  })

  it('follows no redirect: what it signed is for one address', async () => {
    platform.next('policy', { kind: 'answer', status: 307, headers: { location: `${platform.url}/v1/devices` } })
    expect(await client.request('GET', '/policy')).toMatchObject({ kind: 'answer', status: 307 })
    expect(platform.requests).toHaveLength(1)
  })

  it.each(['cut', 'lost'] as const)('says that the platform cannot be reached after a %s answer', async (kind) => {
    platform.next('policy', { kind })
    expect(await client.request('GET', '/policy')).toMatchObject({
      kind: 'unreachable',
      why: expect.stringMatching(/./),
    })
  })

  it('takes no answer of more than 16 MiB, however well it compresses', async () => {
    platform.next('policy', { kind: 'answer', status: 200, body: ' '.repeat(16 * 1024 * 1024 + 1) })
    expect(await client.request('GET', '/policy')).toMatchObject({ kind: 'unreachable' })
  })

  it.each(['hang', 'drip'] as const)('gives up a platform that answers with a %s', async (kind) => {
    const { timeout } = AbortSignal
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout.call(AbortSignal, ms / 200))
    platform.next('policy', { kind })
    const answer = await client.request('GET', '/policy')
    expect(answer).toEqual({ kind: 'unreachable', why: expect.stringContaining('no whole answer within') })
  })

  it.each(['hang', 'drip'] as const)('ends what is under way when it is closed, a %s too', async (kind) => {
    platform.next('policy', { kind })
    const answer = client.request('GET', '/policy')
    await vi.waitFor(() => expect(platform.requests).toHaveLength(1))
    client.close()
    expect(await answer).toMatchObject({ kind: 'unreachable' })
    expect(await client.request('GET', '/policy')).toMatchObject({ kind: 'unreachable' })
    expect(platform.requests).toHaveLength(1)
  })
})
