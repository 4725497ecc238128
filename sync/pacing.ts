import { ExponentialBackoff, type IBackoff, noJitterGenerator } from 'cockatiel'

/** Time and chance of the exchange: a test brings its own. */
export interface Pacing {
  /** Milliseconds of a clock that only goes forward. */
  now(): number
  /** Resolves after `ms`, or as soon as `signal` aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>
  /** From 0 up to, but without, 1. */
  random(): number
}

export const realPacing: Pacing = {
  now: () => performance.now(),
  pause: (ms, signal) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end, { once: true })
    }),
  random: () => Math.random(),
}

const ceilings = new ExponentialBackoff({ generator: noJitterGenerator, initialDelay: 1000, maxDelay: 15 * 60_000 })

/**
 * How long to wait between failures in a row: capped exponential backoff with full jitter, so that the gates of a region
 * do not come back all at once.
 */
export class Backoff {
  readonly #pacing: Pick<Pacing, 'random'>
  #ceiling: IBackoff<unknown> | null = null
  #failures = 0

  constructor(pacing: Pick<Pacing, 'random'>) {
    this.#pacing = pacing
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures
  }

  succeeded(): void {
    this.#failures = 0
    this.#ceiling = null
  }

  /** The pause after one more failure, in ms; never less than the platform asked for. */
  failed(atLeastMs: number): number {
    this.#failures++
    this.#ceiling = (this.#ceiling ?? ceilings).next(undefined)
    return atLeastMs > 0 ? atLeastMs * (1 + this.#pacing.random() / 2) : this.#ceiling.duration * this.#pacing.random()
  }
}
