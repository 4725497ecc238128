import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Clock } from './protocol.ts'

/** A `Date` header is cut to whole seconds and the way back takes time: less than this says nothing against our clock. */
const noiseMs = 2000

/** The gate's best knowledge of the true time: the system's clock, corrected by what the platform's answers say. */
export class PlatformClock {
  readonly #boot = randomUUID()
  readonly #started = performance.now()
  #offsetMs = 0
  #heard = false

  now(): Date {
    return new Date(Date.now() + this.#offsetMs)
  }

  /** How much `now` may be trusted, as a visit records it. */
  stamp(): z.infer<typeof Clock> {
    return {
      source: this.#heard ? 'platform' : 'system',
      offsetMs: this.#offsetMs,
      boot: this.#boot,
      upMs: Math.round(performance.now() - this.#started),
    }
  }

  /** Takes the `Date` header of an answer to a request sent at `sentAt` (`Date.now()`). Nonsense is ignored. */
  observe(header: string | undefined, sentAt: number): void {
    const platform = Date.parse(header ?? '')
    if (Number.isNaN(platform)) return
    this.#heard = true
    const offset = Math.round(platform + 500 - (sentAt + Date.now()) / 2)
    const system = Math.abs(offset) < noiseMs ? 0 : offset
    if (Math.abs(system - this.#offsetMs) >= noiseMs || system === 0) this.#offsetMs = system
  }
}
