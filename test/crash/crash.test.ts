import { expect, it } from 'vitest'
import { crash } from './run.ts'

it('loses no visit that was shown green, and starts, whenever the power fails', async () => {
  const tally = await crash({ kind: 'small', groups: 40, torn: 11, oneIn: 1, seed: 1 })
  expect(tally).toMatchObject({ lossy: 0, corrupt: 0, first: null })
  expect(tally.states).toBeGreaterThan(10_000)
}, 300_000)

it('does so also where visits go through several segments of the journal', async () => {
  const tally = await crash({ kind: 'large', groups: 10, torn: 2, oneIn: 20, seed: 1 })
  expect(tally).toMatchObject({ lossy: 0, corrupt: 0, first: null })
  expect(tally.states).toBeGreaterThan(250)
}, 300_000)

it('keeps them by the journal alone where the database does not wait for the disk', async () => {
  const tally = await crash({ kind: 'journal', groups: 30, torn: 2, oneIn: 3, seed: 1 })
  expect(tally).toMatchObject({ lossy: 0, corrupt: 0, first: null })
}, 300_000)

it('would be seen to lose visits without the journal and without waiting for the disk', async () => {
  const tally = await crash({ kind: 'unsafe', groups: 30, torn: 2, oneIn: 4, seed: 1 })
  expect(tally.lossy / tally.states).toBeGreaterThan(0.3)
}, 300_000)
