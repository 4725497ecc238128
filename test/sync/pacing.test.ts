import { describe, expect, it } from 'vitest'
import { Backoff } from '../../sync/pacing.ts'

function pauseAfter(failures: number, random: number, atLeastMs = 0): number {
  const backoff = new Backoff({ random: () => random })
  const pauses = Array.from({ length: failures }, () => backoff.failed(atLeastMs))
  return pauses.at(-1) ?? 0
}

describe('the pause after failures', () => {
  it.each([
    [1, 1000],
    [2, 2000],
    [5, 16_000],
    [10, 512_000],
    [11, 900_000],
    [5000, 900_000],
  ])('after %d of them in a row is spread evenly from nothing up to %d ms', (failures, ceiling) => {
    for (const random of [0, 0.25, 0.5, 0.999]) expect(pauseAfter(failures, random)).toBeCloseTo(ceiling * random)
  })

  it.each([1, 20])('after %d of them is never less than the platform asked for, and spread upward', (failures) => {
    expect(pauseAfter(failures, 0, 60_000)).toBe(60_000)
    expect(pauseAfter(failures, 0.5, 60_000)).toBe(75_000)
  })

  it('is short again after a success', () => {
    const backoff = new Backoff({ random: () => 0.5 })
    for (let i = 0; i < 8; i++) backoff.failed(0)
    expect(backoff.failures).toBe(8)
    backoff.succeeded()
    expect([backoff.failures, backoff.failed(0)]).toEqual([0, 500])
  })
})
