import type { ReaderState } from '../contract/state.ts'
import type { Client } from './connection.ts'

const reportEveryMs = 4000
const answerWithinMs = 10_000
const maxWaiting = 8

type Ask = (client: Client, options: { signal: AbortSignal }) => Promise<void>

/** What the page has to say to the service, besides `watch`. What cannot be said is not kept. */
export class Calls {
  client: Client | null = null
  #waiting = 0

  call(ask: Ask): void {
    if (this.client === null || this.#waiting >= maxWaiting) return
    this.#waiting++
    const done = () => {
      this.#waiting--
    }
    ask(this.client, { signal: AbortSignal.timeout(answerWithinMs) }).then(done, done)
  }
}

/** Says how a device of this page is, at every change and every 4 s, until it is stopped. */
export class Report {
  readonly #send: () => void
  readonly #timer: ReturnType<typeof setInterval>
  #state: ReaderState

  constructor(calls: Calls, of: { lane: string; device: string }, state: ReaderState) {
    this.#state = state
    this.#send = () => calls.call((client, options) => client.pageDevice({ ...of, state: this.#state }, options))
    this.#timer = setInterval(this.#send, reportEveryMs)
    this.#send()
  }

  say(state: ReaderState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return
    this.#state = state
    this.#send()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
