import type { Pacing } from '../../sync/pacing.ts'
import type { Random } from './random.ts'

const hangsAfterMs = 30_000

/** The agent's time: it stands still while the agent works, and jumps to the end of a pause when it is told to. */
export class Steps implements Pacing {
  readonly #random: Random
  #now = 0
  #pending: { ms: number; end(): void } | null = null
  #paused = Promise.withResolvers<void>()

  constructor(random: Random) {
    this.#random = random
  }

  now(): number {
    return this.#now
  }

  random(): number {
    return this.#random.next()
  }

  pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#pending = null
        this.#paused = Promise.withResolvers()
        resolve()
      }
      signal.addEventListener('abort', end, { once: true })
      this.#pending = { ms, end }
      this.#paused.resolve()
    })
  }

  /** Resolves when the agent pauses. Throws where it never does. */
  async paused(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the agent hangs, or is busy without end')), hangsAfterMs)
    })
    await Promise.race([this.#paused.promise, late]).finally(() => clearTimeout(timer))
  }

  /** Lets the pause pass. */
  pass(): void {
    this.#now += this.#pending?.ms ?? 0
    this.#pending?.end()
  }
}
