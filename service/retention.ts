import { setImmediate } from 'node:timers/promises'
import type { PlatformClock } from '../sync/clock.ts'
import type { Log } from './log.ts'
import { isStorageFault } from './store/fault.ts'
import type { Store } from './store/index.ts'

const dayMs = 24 * 60 * 60_000
const everyMs = 60 * 60_000
/** How often it is asked whether the time is known by now. */
const unknownTimeMs = 60_000

type Parts = {
  readonly store: Store
  readonly clock: PlatformClock
  readonly log: Log
  /** For how long the personal data of a visit is kept. */
  days(): number
}

/**
 * Drops personal data when its time is over. What time it is, only the platform is believed: a system clock that is years
 * ahead would have today's visits dropped. Nothing is acknowledged without the platform, so that its time comes with it.
 */
export class RetentionJob {
  readonly #parts: Parts
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Once the time is known, and every hour from then on. */
  start(): void {
    const { clock } = this.#parts
    const known = clock.stamp().source === 'platform'
    if (known) void this.run(clock.now())
    this.#timer = setTimeout(() => this.start(), known ? everyMs : unknownTimeMs)
  }

  /** `now`: the time by the platform. */
  run(now: Date): Promise<void> {
    this.#running = this.#running.then(() => this.#run(now))
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  async #run(now: Date) {
    const { store, log, days } = this.#parts
    try {
      for (const of of [...store.kept, store]) await this.#purge(of, new Date(now.getTime() - days() * dayMs))
      this.#warn(new Date(now.getTime() - (days() - 1) * dayMs))
    } catch (error) {
      if (!isStorageFault(error)) throw error
      log.error({ err: error }, 'personal data whose time is over cannot be dropped')
    }
  }

  async #purge(of: Store, before: Date) {
    const steps = of.retention.purge(before)
    while (!this.#stopped) {
      const step = steps.next()
      if (step.done) {
        if (step.value === 0) return
        of.forget(step.value)
        this.#parts.log.info({ upTo: step.value }, 'personal data whose time is over was dropped')
        return
      }
      await setImmediate()
    }
  }

  /** What the platform does not hold is kept however old it is, and somebody has to know. */
  #warn(before: Date) {
    const { store, log, days } = this.#parts
    const oldest = store.oldestWaiting()?.at
    if (oldest !== undefined && Date.parse(oldest) < before.getTime())
      log.warn({ oldest, days: days() }, 'visits wait for the platform past their time')
  }
}
