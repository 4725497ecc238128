import { randomUUID } from 'node:crypto'
import type { Clock } from './protocol.ts'

/** A `Date` header is cut to whole seconds: less than this says nothing against our clock. */
const noiseMs = 2000
const keepEveryMs = 60_000
/** `Date.parse` takes almost anything that holds a number; RFC 9110 lets a platform send this form alone. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** What outlives a restart: the time when the platform was last heard, ms since 1970; 0 where there is none. */
export interface HeardTime {
  last(): number
  keep(ms: number): void
}

type Parts = {
  heard?: HeardTime
  /** The system's clock, ms since 1970. */
  system?: () => number
}

/**
 * The gate's best knowledge of the true time: the system's clock, corrected by what the platform's answers say. It is never
 * earlier than the platform was last heard, though the system's clock lost its battery.
 */
export class PlatformClock {
  readonly #boot = randomUUID()
  readonly #started = performance.now()
  readonly #kept: HeardTime | undefined
  readonly #system: () => number
  #offsetMs: number
  #heard = false
  #keepDue = 0
  /** What both clocks of the system showed when they were last looked at. */
  #mark: { upMs: number; systemMs: number }

  constructor({ heard, system = () => Date.now() }: Parts = {}) {
    this.#kept = heard
    this.#system = system
    this.#mark = { upMs: this.#started, systemMs: system() }
    this.#offsetMs = Math.max(0, (heard?.last() ?? 0) - this.#mark.systemMs)
  }

  now(): Date {
    this.#followSystem()
    return new Date(this.#system() + this.#offsetMs)
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

  /** Takes the `Date` header of an answer that came `tripMs` after its request was sent. Nonsense is ignored. */
  observe(header: string | undefined, tripMs: number): void {
    const platform = parseHttpDate(header)
    if (Number.isNaN(platform)) return
    this.#followSystem()
    this.#heard = true
    // The platform's clock was read somewhere between sending and now: a long way leaves as much doubt.
    const doubtMs = noiseMs + tripMs / 2
    const offset = Math.round(platform + 500 + tripMs / 2 - this.#system())
    if (Math.abs(offset - this.#offsetMs) >= doubtMs) this.#offsetMs = Math.abs(offset) < doubtMs ? 0 : offset
    this.#keep(platform)
  }

  #keep(platform: number) {
    if (performance.now() < this.#keepDue) return
    this.#keepDue = performance.now() + keepEveryMs
    this.#kept?.keep(platform)
  }

  /** Someone may set the system's clock right while an offset makes up for its being wrong: then the offset goes. */
  #followSystem() {
    const [upMs, systemMs] = [performance.now(), this.#system()]
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
