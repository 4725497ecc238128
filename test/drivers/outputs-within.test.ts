import { stat } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { within } from '../../drivers/outputs/within.ts'

it('does not call an answer late that came while the program stood still', async () => {
  const answer = within(100, stat('/'), 'the board')
  for (const end = performance.now() + 300; performance.now() < end; );
  await expect(answer).resolves.toBeDefined()
})

it('says who did not answer in time', async () => {
  await expect(within(50, new Promise(() => {}), 'the board')).rejects.toThrow('the board takes longer than 50 ms')
})
