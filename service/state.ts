/** A value that changes, and any number of readers that each get the newest one. */
export class Latest<Value> {
  readonly #make: () => Value
  readonly #waiting = new Set<() => void>()
  #version = 0

  constructor(make: () => Value) {
    this.#make = make
  }

  changed(): void {
    this.#version++
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** The value now and after every change, until `signal` ends it. A slow reader misses values, never the last one. */
  async *watch(signal: AbortSignal | undefined): AsyncGenerator<Value, void, void> {
    let seen = -1
    while (!signal?.aborted) {
      if (seen === this.#version) await this.#change(signal)
      if (signal?.aborted) return
      seen = this.#version
      yield this.#make()
    }
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal?.addEventListener('abort', wake)
    })
  }
}
