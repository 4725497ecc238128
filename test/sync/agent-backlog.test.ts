import { describe, expect, it, vi } from 'vitest'
import { Health } from '../../sync/protocol.ts'
import { useAgents } from './agents.ts'
import { paused, pauses, until } from './pauses.ts'
import type { Scripted } from './scripted-platform.ts'

const busy: Scripted = { kind: 'answer', status: 503 }

describe('the backlog', () => {
  const { platform, made, started, routes, settled } = useAgents()

  it('is told to the platform, with the head of the log, before it is sent', async () => {
    const gate = started(1100)
    await settled(gate)
    expect(routes()).toEqual(['policy', 'health', 'visits', 'visits', 'visits'])
    const health = Health.parse(JSON.parse(platform().to('health')[0]?.body.toString() ?? ''))
    expect(health.queue.waiting).toBe(1100)
    expect(health.head).toEqual({ log: gate.outbox.log, seq: 1100, hash: gate.outbox.hashOf(1100) })
  })

  it('has no head where there is no visit', async () => {
    await settled(started())
    expect(JSON.parse(platform().to('health')[0]?.body.toString() ?? '')).toMatchObject({ head: null })
  })

  it('goes at once after a start when the platform answers', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999)
    const before = performance.now()
    const gate = started(3)
    await until(() => expect(gate.outbox.acked()).toBe(3))
    expect(performance.now() - before).toBeLessThan(1000)
  })

  it('waits up to five minutes after a start when the first exchange fails, though the platform is there again', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    platform().next('policy', busy)
    const gate = started(3)
    await pauses(1)
    await until(() =>
      expect(gate.agent.state).toEqual({ kind: 'online', waiting: 3, policyRefused: expect.any(String) }),
    )
    await vi.advanceTimersByTimeAsync(140_000)
    await paused()
    expect(routes()).not.toContain('visits')
    await vi.advanceTimersByTimeAsync(11_000)
    await until(() => expect(gate.outbox.acked()).toBe(3))
  })

  it('does not hold up a visit that is made while the first exchange fails', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const gate = made(3)
    platform().always('policy', () => {
      platform().heal()
      gate.agent.wake()
      return busy
    })
    gate.agent.start()
    await pauses(1)
    await until(() => expect(gate.agent.state.waiting).toBe(0))
  })

  it('does not hold up a visit that is made after the first exchange failed', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    platform().next('policy', busy)
    const gate = started(3)
    await pauses(1)
    await until(() => expect(gate.agent.state.kind).toBe('online'))
    await paused()
    gate.outbox.add(1)
    gate.agent.wake()
    await until(() => expect(gate.agent.state.waiting).toBe(0))
  })

  it('is probed with single visits, and the policy, after five failures; once one got through it goes whole', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const gate = made(1200)
    let [uploads, healed] = [0, false]
    platform().always('visits', () => (++uploads > 0 && !healed ? busy : { kind: 'changed' }))
    gate.agent.start()
    await until(() => expect(uploads).toBeGreaterThan(10))
    healed = true
    await until(() => expect(gate.outbox.acked()).toBe(1200))
    const sizes = platform()
      .batches()
      .map(([first, last]) => last - first + 1)
    expect(sizes.slice(0, 11)).toEqual([500, 500, 500, 500, 500, 1, 1, 1, 1, 1, 1])
    expect(sizes.findIndex((size, i) => i > 10 && size === 500)).toBeGreaterThan(0)
    const probes = routes().slice(routes().indexOf('visits') + 5)
    expect(probes.slice(0, 6)).toEqual(['policy', 'visits', 'visits', 'policy', 'visits', 'visits'])
  })

  it('sends no visit while the probe with the policy fails too, but for a single one by turns', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    platform().always('policy', () => busy)
    platform().always('health', () => busy)
    platform().always('visits', () => busy)
    const gate = started(600)
    await until(() => expect(platform().requests.length).toBeGreaterThan(16))
    await gate.agent.stop()
    expect(routes().slice(0, 13).join(' ')).toBe(
      'policy visits visits visits visits policy visits policy visits policy visits policy visits',
    )
    expect(
      platform()
        .batches()
        .slice(4, 8)
        .every(([first, last]) => first === last),
    ).toBe(true)
  })
})
