import { afterEach, beforeEach, expect, vi } from 'vitest'
import type { Enrolment } from '../../sync/enrolment.ts'
import { TestGate } from './gate.ts'
import { stopTime, until } from './pauses.ts'
import { ScriptedPlatform } from './scripted-platform.ts'

/** A scripted platform for every test of the suite that calls it, and gates that end with the test. Time stands still. */
export function useAgents() {
  let platform: ScriptedPlatform
  let enrolment: Enrolment
  let gates: TestGate[]

  beforeEach(async () => {
    gates = []
    platform = await ScriptedPlatform.start()
    enrolment = await platform.enrol()
    stopTime()
  })
  afterEach(async () => {
    await Promise.all(gates.map((gate) => gate.agent.stop()))
    vi.useRealTimers()
    vi.restoreAllMocks()
    await platform.close()
  })

  const made = (visits = 0): TestGate => {
    const gate = new TestGate(enrolment, visits)
    gates.push(gate)
    return gate
  }
  const routes = () => platform.requests.map(({ route }) => route)
  return {
    platform: () => platform,
    routes,
    made,
    /** A gate with so many visits whose agent runs. */
    started(visits = 0): TestGate {
      const gate = made(visits)
      gate.agent.start()
      return gate
    },
    settled: (gate: TestGate) =>
      until(() => {
        expect(gate.agent.state).toEqual({ kind: 'online', waiting: 0 })
        expect(routes()).toContain('health')
      }),
  }
}
