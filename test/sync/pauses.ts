import { vi } from 'vitest'

/** Stops the time of the agent: from here on its pauses pass when a test says so. `vi.waitFor` lets some pass as well. */
export function stopTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
}

export const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 })

/** Lets the exchange go on, without time passing, until the agent pauses or `enough`. */
export async function paused(enough = () => false): Promise<void> {
  while (vi.getTimerCount() === 0 && !enough()) await new Promise((resolve) => setImmediate(resolve))
}

/** Lets `count` pauses of the agent pass, one after the other. */
export async function pauses(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await paused()
    vi.advanceTimersToNextTimer()
  }
  await paused()
}
