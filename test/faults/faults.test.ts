import { expect, it } from 'vitest'
import { faults as kinds } from './proxy.ts'
import { faults } from './run.ts'

it('holds every visit once and in order, and reports every tampering, whatever link, clocks and platform did', async () => {
  const outcome = await faults(10_000, 20_261_121)
  if (outcome.kind === 'failed') return expect.fail(JSON.stringify(outcome, null, 1))
  expect(outcome.steps).toBe(10_000)
  expect(outcome.forks).toBeGreaterThan(10)
  for (const kind of kinds) expect(outcome.met[kind], kind).toBeGreaterThan(20)
}, 600_000)
