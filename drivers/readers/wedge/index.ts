import { Worker } from 'node:worker_threads'
import type { OpenReader, ReaderDriver, ReaderEvents } from '../driver.ts'
import { isAt } from '../place.ts'
import type { Told, WedgeData } from './pump.ts'

/** With this many unanswered messages further ones are dropped whole: somebody who types cannot be held back. */
const maxWaiting = 64

/** The shell carries the thread as a bundle beside the service's own. */
const worker = import.meta.url.endsWith('.ts') ? './worker.ts' : './wedge-worker.js'

/** Readers that type, by their evdev node; Linux alone. */
export const wedge = wedgeThrough(new URL(worker, import.meta.url))

/** `worker`: the module that reads a node, as `Told` says. */
export function wedgeThrough(worker: URL): ReaderDriver {
  return {
    name: 'wedge',

    matches(device, settings) {
      return device.kind === 'keyboard' && settings.driver === 'wedge' && isAt(device, settings)
    },

    open(device, settings, on) {
      if (device.kind !== 'keyboard' || settings.driver !== 'wedge') throw new TypeError('expected a keyboard')
      const workerData: WedgeData = { path: device.path, prefix: settings.prefix }
      const thread = new Worker(worker, { workerData })
      return new Promise((resolve, reject) => {
        const reader = new WedgeReader(thread, on, { resolve: () => resolve(reader), reject })
      })
    },
  }
}

type Opening = { resolve(): void; reject(error: Error): void }

class WedgeReader implements OpenReader {
  readonly #thread: Worker
  readonly #on: ReaderEvents
  readonly #opening: Opening
  #isOpen = false
  #waiting = 0
  #isDropping = false
  #freed: Promise<void> | undefined

  constructor(thread: Worker, on: ReaderEvents, opening: Opening) {
    this.#thread = thread
    this.#on = on
    this.#opening = opening
    thread.on('message', (told: Told) => this.#hear(told))
    thread.on('error', (error) => this.#end(error instanceof Error ? error.message : String(error)))
  }

  close(): Promise<void> {
    this.#freed ??= this.#thread.terminate().then(() => {})
    return this.#freed
  }

  #hear(told: Told) {
    if (this.#freed !== undefined) return
    switch (told.kind) {
      case 'open':
        this.#isOpen = true
        return this.#opening.resolve()
      case 'refused':
      case 'lost':
        return this.#end(told.why)
      case 'overlong':
        return this.#on.overlong()
      case 'message':
        return this.#read(told.bytes)
    }
  }

  #read(bytes: Uint8Array) {
    if (this.#waiting >= maxWaiting) return this.#drop()
    this.#isDropping = false
    this.#waiting++
    this.#on.reading(bytes).finally(() => this.#waiting--)
  }

  #drop() {
    if (!this.#isDropping) this.#on.overlong()
    this.#isDropping = true
  }

  #end(why: string) {
    if (this.#freed !== undefined) return
    const freed = this.close()
    if (this.#isOpen) this.#on.lost(why)
    else freed.then(() => this.#opening.reject(new Error(why)))
  }
}
