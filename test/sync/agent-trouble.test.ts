import { describe, expect, it, vi } from 'vitest'
import { useAgents } from './agents.ts'
import type { TestGate } from './gate.ts'
import { paused, pauses, until } from './pauses.ts'
import type { Scripted } from './scripted-platform.ts'

const refusal = (status: number, body: unknown): Scripted => ({ kind: 'answer', status, body: JSON.stringify(body) })
const busy = (headers: Record<string, string> = {}): Scripted => ({ kind: 'answer', status: 503, headers })

describe('the agent in trouble', () => {
  const { platform, made, started, routes, settled } = useAgents()

  it('goes online without a new visit when the platform comes back, and tells both', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    platform().always('policy', () => ({ kind: 'cut' }))
    platform().always('visits', () => ({ kind: 'cut' }))
    platform().always('health', () => ({ kind: 'cut' }))
    const gate = started(2)
    await pauses(5)
    expect(platform().requests).toHaveLength(6)
    expect(gate.agent.state).toEqual({ kind: 'offline', waiting: 2, since: null })
    platform().heal()
    await pauses(1)
    await settled(gate)
    expect(gate.standings).toEqual(['offline', 'online'])
    expect(gate.reports).toEqual([expect.stringMatching(/^offline: ./), 'online'])
    expect(gate.outbox.acked()).toBe(2)
  })

  it('says since when the platform was not heard', async () => {
    const gate = started()
    await settled(gate)
    platform().always('visits', () => busy())
    platform().always('policy', () => busy())
    gate.outbox.add(1)
    gate.agent.wake()
    await until(() => expect(gate.standings).toEqual(['online', 'offline']))
    const state = gate.agent.state
    expect(state).toEqual({ kind: 'offline', waiting: 1, since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) })
    await pauses(5)
    expect(gate.agent.state).toEqual(state)
  })

  it('stays offline while nobody answers, though it has nothing to send', async () => {
    const gate = started()
    await settled(gate)
    const { url } = platform()
    await platform().close()
    await pauses(30)
    expect(gate.standings).toEqual(['online', 'offline'])
    await platform().open(Number(new URL(url).port))
    await pauses(1)
    expect(gate.standings).toEqual(['online', 'offline', 'online'])
    expect(gate.reports).toHaveLength(3)
  })

  it('pauses longer and longer while nobody answers, up to a quarter of an hour', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    await platform().close()
    const timer = vi.spyOn(globalThis, 'setTimeout')
    const gate = started()
    await pauses(11)
    expect(timer.mock.calls.map(([, ms]) => ms)).toEqual(
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900].map((seconds) => seconds * 1000),
    )
    expect(gate.reports).toHaveLength(1)
  })

  it('waits as long as the platform asks, and a new visit does not shorten that', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    platform().next('visits', busy({ 'retry-after': '100' }))
    const gate = started(1)
    await paused()
    expect(gate.standings).toEqual(['online', 'offline'])
    gate.outbox.add(1)
    gate.agent.wake()
    vi.advanceTimersByTime(124_999)
    gate.agent.wake()
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(1)
    await settled(gate)
    expect(gate.outbox.acked()).toBe(2)
  })

  it.each<[string, Scripted]>([
    ['is badly signed', { kind: 'changed', by: 'stranger' }],
    ['has a shape that this version does not know', { kind: 'changed', payload: { direction: 'up' } }],
    ['cannot be had', busy()],
    ['never arrives whole', { kind: 'lost' }],
  ])('takes the visits up though the policy %s', async (_how, scripted) => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    platform().always('policy', () => scripted)
    const gate = started(1200)
    await until(() => expect(gate.outbox.acked()).toBe(1200))
    expect(gate.adopted).toEqual([])
    expect(platform().to('policy').length).toBeLessThan(3)
  })

  it('takes the visits up first when the platform comes back from a long outage, though the policy is broken', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    platform().always('policy', () => ({ kind: 'cut' }))
    platform().always('visits', () => ({ kind: 'cut' }))
    const gate = started(1)
    await pauses(10)
    platform().always('policy', () => busy())
    platform().next('visits', { kind: 'changed' })
    await pauses(1)
    expect(gate.outbox.acked()).toBe(1)
  })

  it('takes the visits up though nobody wants to hear of its health', async () => {
    platform().always('health', () => ({ kind: 'answer', status: 404 }))
    const gate = started()
    await until(() => expect(routes()).toContain('health'))
    gate.outbox.add(1)
    gate.agent.wake()
    await until(() => expect(gate.outbox.acked()).toBe(1))
    await until(() => expect(gate.agent.state.kind).toBe('online'))
  })

  it.each<['policy' | 'visits' | 'health', number]>([
    ['policy', 2],
    ['visits', 2],
    ['health', 0],
  ])(
    'sends nothing more when the answer to %s is that it was revoked, and asks every five minutes',
    async (route, waiting) => {
      platform().next(route, refusal(403, { code: 'revoked' }))
      const gate = started(2)
      await until(() => expect(gate.agent.state).toEqual({ kind: 'revoked', waiting }))
      await paused()
      const before = platform().requests.length
      gate.outbox.add(1)
      gate.agent.wake()
      vi.advanceTimersByTime(299_000)
      expect(platform().requests).toHaveLength(before)
      vi.advanceTimersByTime(1000)
      await settled(gate)
      expect(routes()[before]).toBe('policy')
    },
  )

  it.each<[Scripted, number]>([
    [refusal(409, { code: 'fork', seq: 2 }), 2],
    [{ kind: 'changed', payload: { hash: 'B'.repeat(43) } }, 2],
    [{ kind: 'changed', payload: { acked: 7 } }, 3],
  ])('sends no more visits after a fork (%j), but goes on with policy and health', async (scripted, seq) => {
    platform().next('visits', scripted)
    const gate = started(2)
    await until(() => expect(gate.agent.state).toEqual({ kind: 'fork', seq, waiting: 2 }))
    gate.outbox.add(1)
    gate.agent.wake()
    await until(() => expect(routes()).toContain('health'))
    platform().policy = { ...platform().policy, version: 9 }
    await pauses(2)
    await until(() => expect(gate.policyVersion()).toBe(9))
    expect(routes().filter((route) => route === 'visits')).toHaveLength(1)
    expect(gate.outbox.visits).toHaveLength(3)
  })

  it('asks for the acknowledgement again that it could not store', async () => {
    const gate = made(2)
    gate.outbox.full = true
    gate.agent.start()
    await until(() => expect(gate.agent.state.kind).toBe('offline'))
    expect(gate.outbox.acked()).toBe(0)
    gate.outbox.full = false
    await settled(gate)
    expect(gate.outbox.acked()).toBe(2)
  })

  it('stays online, with the last good policy, under a policy that it cannot read, and says so once', async () => {
    const gate = started()
    await settled(gate)
    platform().always('policy', () => ({ kind: 'changed', payload: { version: 'two' } }))
    await pauses(5)
    expect(gate.agent.state.kind).toBe('online')
    expect(gate.policyVersion()).toBe(1)
    expect(gate.reports.filter((what) => what.includes('last good policy'))).toHaveLength(1)
  })

  it.each<[string, Scripted]>([
    ['is too large', { kind: 'answer', status: 200, body: ' '.repeat(16 * 1024 * 1024 + 1) }],
    ['has a wrong shape', { kind: 'changed', payload: { version: 'two' } }],
    ['is older', { kind: 'changed', payload: { version: 1 } }],
    ['is badly signed', { kind: 'changed', by: 'stranger', payload: { version: 3 } }],
    ['cannot be had', busy()],
  ])('shows, stays online and sends a new visit at once while the newest policy %s', async (_how, scripted) => {
    platform().policy = { ...platform().policy, version: 2 }
    const gate = started()
    await settled(gate)
    platform().always('policy', () => scripted)
    for (let minute = 0; minute < 2; minute++) {
      await vi.advanceTimersByTimeAsync(60_000)
      await paused()
      gate.outbox.add(1)
      gate.agent.wake()
      // No time passes here: the visit does not wait for the end of a pause.
      await paused(() => gate.agent.state.waiting === 0)
      expect(gate.agent.state).toMatchObject({ kind: 'online', waiting: 0, policyRefused: expect.any(String) })
      await paused()
    }
    expect(gate.standings).toEqual(['online'])
    expect(gate.reports.filter((what) => what.includes('last good policy'))).toHaveLength(1)
    const told: unknown = JSON.parse(platform().to('health').at(-1)?.body.toString() ?? '')
    expect(told).toMatchObject({ policyVersion: 2, policyRefused: expect.any(String) })
    platform().heal()
    await vi.advanceTimersByTimeAsync(61_000)
    await until(() => expect(gate.agent.state).toEqual({ kind: 'online', waiting: 0 }))
  })

  it('asks for the policy anew once an outage is over', async () => {
    const gate = started()
    await settled(gate)
    platform().next('visits', busy(), busy())
    gate.outbox.add(1)
    gate.agent.wake()
    await pauses(2)
    expect(routes().slice(-2)).toEqual(['visits', 'policy'])
    expect(gate.agent.state).toEqual({ kind: 'online', waiting: 0 })
  })

  it('goes on from the whole policy, and with every visit, when it is revoked with a purge and then no longer', async () => {
    const gate = started()
    await settled(gate)
    vi.spyOn(gate, 'purge').mockImplementation(() => {
      gate.adopted.length = 0
      for (const visit of gate.outbox.visits) delete visit.personal
    })
    platform().next('visits', refusal(403, { code: 'revoked', purge: true }))
    gate.outbox.add(2)
    gate.agent.wake()
    await until(() => expect(gate.agent.state.kind).toBe('revoked'))
    await pauses(1)
    await settled(gate)
    expect(platform().to('policy').at(-1)?.headers['if-none-match']).toBeUndefined()
    expect(gate.policyVersion()).toBe(1)
    expect(platform().shelf.held(gate.outbox.log)).toEqual(gate.outbox.visits)
    expect(gate.outbox.visits.some((visit) => 'personal' in visit)).toBe(false)
  })

  it('goes on by itself when the platform, for a while, lets it in not even with the right time', async () => {
    const gate = started(1)
    for (let i = 0; i < 8; i++)
      platform().next('visits', { kind: 'answer', status: 401, body: '{"code":"unauthorized"}' })
    await until(() => expect(gate.agent.state.kind).toBe('offline'))
    await pauses(9)
    await settled(gate)
    expect(gate.outbox.acked()).toBe(1)
  })

  it.each([
    [{ code: 'revoked', purge: true }, 1],
    [{ code: 'revoked', purge: false }, 0],
    [{ code: 'revoked' }, 0],
  ])('drops the personal data of a revoked gate only when asked to: %j', async (body, purges) => {
    platform().next('visits', refusal(403, body))
    const gate = started(2)
    await until(() => expect(gate.agent.state.kind).toBe('revoked'))
    expect(gate.purges).toBe(purges)
    expect(gate.outbox.visits).toHaveLength(2)
  })

  it.each<[string, () => (n: number, gate: TestGate) => Scripted | undefined]>([
    ['asks for another visit each time', () => (n) => refusal(409, { code: 'gap', expected: n % 2 === 0 ? 3 : 7 })],
    [
      'goes back to the first visit after each batch',
      () => (n) => (n % 2 === 1 ? refusal(409, { code: 'gap', expected: 1 }) : undefined),
    ],
    [
      'acknowledges now more and now less',
      () =>
        (n, { outbox }) => ({ kind: 'changed', payload: { acked: 3 + (n % 2), hash: outbox.hashOf(3 + (n % 2)) } }),
    ],
    ['finds each batch too large', () => () => ({ kind: 'answer', status: 413 })],
  ])('does not spin on a platform that %s', async (_how, script) => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const gate = made(600)
    const answer = script()
    let n = 0
    platform().always('visits', () => answer(n++, gate) ?? { kind: 'changed', payload: {} })
    gate.agent.start()
    await paused(() => n > 200)
    expect(n).toBeLessThan(100)
    expect(gate.agent.state.kind).toBe('offline')
    await pauses(20)
    expect(n).toBeLessThan(200)
  })
})
