import { describe, expect, it, vi } from 'vitest'
import { useAgents } from './agents.ts'
import type { TestGate } from './gate.ts'
import { paused, pauses, until } from './pauses.ts'
import type { Received, Scripted } from './scripted-platform.ts'
import { MemoryOutbox } from './visits.ts'

const answer = (status: number, body: unknown): Scripted => ({ kind: 'answer', status, body: JSON.stringify(body) })

describe('several logs', () => {
  const { platform, made, settled } = useAgents()

  /** A gate with logs of so many visits, the current one last. */
  const gateOf = (...counts: number[]): TestGate => {
    const gate = made(counts.at(-1))
    for (const count of counts.slice(0, -1)) gate.kept.push(new MemoryOutbox(count))
    return gate
  }
  const kept = (gate: TestGate, i = 0) => gate.kept[i] ?? new MemoryOutbox()
  const held = ({ log }: MemoryOutbox) => platform().shelf.held(log)
  const of = ({ log }: MemoryOutbox, scripted: Scripted) => {
    platform().always('visits', ({ batch }: Received) => (batch?.log === log ? scripted : { kind: 'changed' }))
  }

  it('are all sent, the current one first, and counted together', async () => {
    const gate = gateOf(3, 4, 2)
    expect(gate.agent.state.waiting).toBe(9)
    gate.agent.start()
    await settled(gate)
    for (const outbox of gate.outboxes()) expect(held(outbox)).toEqual(outbox.visits)
    expect(platform().to('visits')[0]?.batch?.log).toBe(gate.outbox.log)
  })

  it('let a visit that is made now go before an earlier log', async () => {
    const gate = gateOf(1200, 0)
    const { promise, resolve } = Promise.withResolvers<void>()
    platform().next('visits', { kind: 'late', until: promise })
    gate.agent.start()
    await until(() => expect(platform().to('visits')).toHaveLength(1))
    gate.outbox.add(1)
    gate.agent.wake()
    resolve()
    await settled(gate)
    expect(platform().to('visits')[1]?.batch?.log).toBe(gate.outbox.log)
  })

  it('go on though one of them is a fork, which is reported once', async () => {
    const gate = gateOf(3, 2)
    of(kept(gate), answer(409, { code: 'fork', seq: 2 }))
    gate.agent.start()
    await until(() => expect(gate.agent.state).toEqual({ kind: 'fork', seq: 2, waiting: 3 }))
    gate.outbox.add(2)
    gate.agent.wake()
    await until(() => expect(gate.outbox.acked()).toBe(4))
    await pauses(3)
    expect(gate.reports.filter((what) => what.includes('a different visit 2'))).toHaveLength(1)
    expect(kept(gate).visits).toHaveLength(3)
  })

  it('go on though the platform asks for a visit that a damaged one has no more', async () => {
    const gate = gateOf(6, 2)
    kept(gate).acknowledged.push(3)
    kept(gate).visits.splice(0, 3)
    gate.agent.start()
    await until(() => expect(gate.agent.state).toEqual({ kind: 'fork', seq: 1, waiting: 3 }))
    await until(() => expect(gate.outbox.acked()).toBe(2))
    await pauses(3)
    expect(gate.reports.filter((what) => what.includes('asks for visit 1, which the gate has no more'))).toHaveLength(1)
    expect(
      platform()
        .to('visits')
        .filter(({ batch }) => batch?.log === kept(gate).log),
    ).toHaveLength(1)
    expect(kept(gate).visits).toHaveLength(3)
  })

  it('send of a damaged one what comes before the hole', async () => {
    const gate = gateOf(9, 0)
    kept(gate).visits.splice(4, 2)
    gate.agent.start()
    await until(() => expect(gate.agent.state).toEqual({ kind: 'fork', seq: 5, waiting: 5 }))
    expect(held(kept(gate)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  })

  it.each<[string, Scripted]>([
    ['finds one of its visits too large', answer(413, { code: 'too-large' })],
    ['cannot read its batch', answer(422, { code: 'invalid' })],
    ['acknowledges nothing of it', { kind: 'changed', payload: { acked: 0, hash: 'A'.repeat(43) } }],
  ])('go on, online, though the platform %s, and that one is tried ever more rarely', async (_how, scripted) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999)
    const gate = gateOf(1, 1)
    of(kept(gate), scripted)
    gate.agent.start()
    await until(() => expect(gate.outbox.acked()).toBe(1))
    for (let i = 0; i < 12; i++) {
      gate.outbox.add(1)
      gate.agent.wake()
      await until(() => expect(gate.agent.state).toMatchObject({ kind: 'online', waiting: 1 }))
      await paused()
    }
    expect(gate.standings).toEqual(['online'])
    expect(gate.reports.filter((what) => what.includes('does not get on'))).toHaveLength(1)
    const tries = () =>
      platform()
        .to('visits')
        .filter(({ batch }) => batch?.log === kept(gate).log).length
    expect(tries()).toBeLessThan(4)
    platform().heal()
    await vi.advanceTimersByTimeAsync(120_000)
    await until(() => expect(gate.agent.state).toEqual({ kind: 'online', waiting: 0 }))
  })
})
