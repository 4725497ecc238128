/** A reader that hears nothing for much longer than this knows that the service hangs. */
const beatMs = 5000

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

  /**
   * The value now, after every change, and every 5 s in between, until `signal` ends it. A slow reader misses values,
   * never the last one.
   */
  async *watch(signal: AbortSignal | undefined): AsyncGenerator<Value, void, void> {
    while (!signal?.aborted) {
      const seen = this.#version
      yield this.#make()
      if (seen === this.#version) await this.#changeOrBeat(signal)
    }
  }

  #changeOrBeat(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(beat)
        this.#waiting.delete(wake)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const beat = setTimeout(wake, beatMs)
      this.#waiting.add(wake)
      signal?.addEventListener('abort', wake)
    })
  }
}
