import { randomUUID } from 'node:crypto'
import type { Clock } from './protocol.ts'

/** A `Date` header is cut to whole seconds: less than this says nothing against our clock. */
const noiseMs = 2000
/** `Date.parse` takes almost anything that holds a number; RFC 9110 lets a platform send this form alone. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** The gate's best knowledge of the true time: the system's clock, corrected by what the platform's answers say. */
export class PlatformClock {
  readonly #boot = randomUUID()
  readonly #started = performance.now()
  #offsetMs = 0
  #heard = false
  /** What both clocks of the system showed when they were last looked at. */
  #mark = { upMs: this.#started, systemMs: Date.now() }

  now(): Date {
    this.#followSystem()
    return new Date(Date.now() + this.#offsetMs)
  }

  /** How much `now` may be trusted, as a visit records it. */
  stamp(): Clock {
    this.#followSystem()
    return {
      source: this.#heard ? 'platform' : 'system',
      offsetMs: this.#offsetMs,
      boot: this.#boot,
      upMs: Math.round(performance.now() - this.#started),
    }
  }

  /** Takes the `Date` header of an answer to a request sent at `sentAt` (`Date.now()`). Nonsense is ignored. */
  observe(header: string | undefined, sentAt: number): void {
    const platform = parseHttpDate(header)
    if (Number.isNaN(platform)) return
    this.#followSystem()
    this.#heard = true
    const now = Date.now()
    // The platform's clock was read somewhere between sending and now: a long way leaves as much doubt.
    const doubtMs = noiseMs + Math.abs(now - sentAt) / 2
    const offset = Math.round(platform + 500 - (sentAt + now) / 2)
    if (Math.abs(offset - this.#offsetMs) >= doubtMs) this.#offsetMs = Math.abs(offset) < doubtMs ? 0 : offset
  }

  /** Someone may set the system's clock right while an offset makes up for its being wrong: then the offset goes. */
  #followSystem() {
    const [upMs, systemMs] = [performance.now(), Date.now()]
    const expected = this.#mark.systemMs + (upMs - this.#mark.upMs)
    // The machine may also have slept: the clocks part then too, and the offset still holds.
    const jumped = Math.abs(systemMs - expected) >= noiseMs
    const right = expected + this.#offsetMs
    if (jumped && Math.abs(systemMs - right) < Math.abs(systemMs + this.#offsetMs - right)) this.#offsetMs = 0
    this.#mark = { upMs, systemMs }
  }
}

/** Milliseconds since 1970, NaN for what is no HTTP date. */
export function parseHttpDate(header: string | undefined): number {
  return header !== undefined && httpDate.test(header) ? Date.parse(header) : Number.NaN
}
