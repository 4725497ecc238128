import { describe, expect, it, vi } from 'vitest'
import { Health } from '../../sync/protocol.ts'
import { useAgents } from './agents.ts'
import { until } from './pauses.ts'
import { policyPayload } from './policies.ts'
import type { Scripted } from './scripted-platform.ts'

const busy = (headers: Record<string, string> = {}): Scripted => ({ kind: 'answer', status: 503, headers })

describe('the agent', () => {
  const { platform, made, started, routes, settled } = useAgents()

  it('brings the policy, then takes the visits, then tells its health', async () => {
    const gate = started(3)
    expect(gate.agent.state).toEqual({ kind: 'offline', waiting: 3, since: null })
    await settled(gate)
    expect(routes()).toEqual(['policy', 'visits', 'health'])
    expect(gate.adopted).toEqual([policyPayload(1)])
    expect(platform().shelf.held(gate.outbox.log)).toEqual(gate.outbox.visits)
    expect(gate.standings).toEqual(['online'])
    expect(gate.reports).toEqual(['online'])
  })

  it('tells its health in the shape of the protocol', async () => {
    await settled(started())
    expect(Health.safeParse(JSON.parse(platform().to('health')[0]?.body.toString() ?? '')).error).toBeUndefined()
  })

  it('sends a new visit at once', async () => {
    const gate = started()
    await settled(gate)
    gate.outbox.add(1)
    gate.agent.wake()
    await until(() => expect(gate.agent.state.waiting).toBe(0))
    expect(platform().batches()).toEqual([[1, 1]])
  })

  it.each(['policy', 'visits', 'health'] as const)(
    'loses no visit that comes during a request for %s',
    async (route) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      platform().next(route, { kind: 'late', until: promise })
      const gate = started(1)
      await until(() => expect(routes()).toContain(route))
      gate.outbox.add(1)
      gate.agent.wake()
      resolve()
      await settled(gate)
      expect(platform().shelf.held(gate.outbox.log)).toHaveLength(2)
    },
  )

  it('loses no visit that comes in the moment when it found none', async () => {
    const gate = started()
    await settled(gate)
    gate.outbox.onEmpty = () => {
      gate.outbox.onEmpty = () => {}
      gate.outbox.add(1)
      gate.agent.wake()
    }
    gate.agent.wake()
    await until(() => expect(platform().shelf.held(gate.outbox.log)).toHaveLength(1))
    expect(platform().to('policy')).toHaveLength(1)
  })

  it('asks for the policy again every minute, and takes a newer one', async () => {
    const gate = started()
    await settled(gate)
    platform().policy = policyPayload(2)
    await vi.advanceTimersByTimeAsync(60_000)
    await until(() => expect(gate.policyVersion()).toBe(2))
    expect(
      platform()
        .to('policy')
        .map(({ headers }) => headers['if-none-match']),
    ).toEqual([undefined, '"1"'])
  })

  it.each(['hang', 'drip'] as const)('stops at once though the platform answers with a %s', async (kind) => {
    platform().next('policy', { kind })
    const gate = started(1)
    await until(() => expect(platform().requests).toHaveLength(1))
    await gate.agent.stop()
    expect(gate.outbox.acknowledged).toEqual([])
    expect(gate.reports).toEqual([])
  })

  it('stops at once in a pause', async () => {
    platform().next('policy', busy({ 'retry-after': '3600' }))
    const gate = started()
    await until(() => expect(gate.standings).toEqual(['offline']))
    await gate.agent.stop()
    expect(routes()).toEqual(['policy'])
  })

  it('stops though it is told to while it says that it is offline', async () => {
    platform().always('policy', () => busy({ 'retry-after': '3600' }))
    const gate = made()
    const stopped = new Promise<void>((resolve) => {
      gate.report = () => resolve(gate.agent.stop())
    })
    gate.agent.start()
    await stopped
    expect(routes()).toEqual(['policy'])
  })

  it('stops when it never started', async () => {
    const gate = made()
    await gate.agent.stop()
    expect(platform().requests).toEqual([])
  })

  it('sends nothing once it is stopped', async () => {
    const gate = started()
    await settled(gate)
    await gate.agent.stop()
    const before = platform().requests.length
    gate.outbox.add(1)
    gate.agent.wake()
    expect(vi.getTimerCount()).toBe(0)
    await fetch(`${platform().url}/v1/devices/last/policy`)
    expect(platform().requests).toHaveLength(before + 1)
  })
})
