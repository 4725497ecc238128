import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../sync/backoff.ts'

const draws = (failures: number, atLeastMs: number) =>
  Array.from({ length: 2000 }, () => backoffMs(failures, atLeastMs))

describe('the pause after failures', () => {
  it.each([
    [1, 1000],
    [2, 2000],
    [5, 16_000],
    [9, 256_000],
    [10, 300_000],
    [50, 300_000],
    [100_000, 300_000],
  ])('after %d of them is spread over the whole range up to %d ms', (failures, ceiling) => {
    const sorted = draws(failures, 0).sort((a, b) => a - b)
    expect(sorted.at(0)).toBeGreaterThanOrEqual(0)
    expect(sorted.at(-1)).toBeLessThanOrEqual(ceiling)
    // 2,000 draws leave a tenth of an even spread empty once in 10^91 runs.
    expect(sorted.at(0)).toBeLessThan(ceiling / 10)
    expect(sorted.at(-1)).toBeGreaterThan((ceiling * 9) / 10)
    const mean = sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length
    expect(mean / ceiling).toBeGreaterThan(0.4)
    expect(mean / ceiling).toBeLessThan(0.6)
  })

  it.each([1, 20])('after %d of them is never less than the platform asked for, and spread upward', (failures) => {
    const asked = draws(failures, 60_000)
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(60_000)
    expect(Math.max(...asked)).toBeLessThanOrEqual(90_000)
    expect(Math.max(...asked)).toBeGreaterThan(85_000)
  })
})
