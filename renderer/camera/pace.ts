/** A machine on which a picture without a code takes longer than this is a slow one. */
const slowMs = 20
const kept = 15

/** Whether this machine is a slow one: by the median, so that neither the warming up nor a busy moment decides. */
export class Pace {
  readonly #misses: number[] = []
  #isSlow = false

  get isSlow(): boolean {
    return this.#isSlow
  }

  /** A picture without a code took `ms`. */
  missed(ms: number): void {
    this.#misses.push(ms)
    if (this.#misses.length < kept) return
    this.#isSlow = (this.#misses.toSorted((a, b) => a - b)[kept >> 1] ?? 0) > slowMs
    this.#misses.shift()
  }
}
