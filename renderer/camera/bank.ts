import type { Lane, ReaderState } from '../../contract/state.ts'
import type { Client } from '../connection.ts'
import { type CameraEvents, type CameraView, runCamera } from './camera.ts'

const reportEveryMs = 4000
const answerWithinMs = 10_000
const maxWaiting = 8

type Slot = { readonly label: string | undefined; readonly stop: AbortController; view: CameraView | null }

/** Every camera that the lanes of this page ask for, read as long as they ask. */
export class CameraBank {
  readonly #slots = new Map<string, Slot>()
  readonly #taken = new Set<string>()
  readonly #listeners = new Set<() => void>()
  #client: Client | null = null
  #waiting = 0

  /** Makes the cameras at work equal to those that the service's last word names. */
  serve(lanes: readonly Lane[], client: Client): void {
    this.#client = client
    const wanted = new Map(
      lanes.flatMap((lane) =>
        lane.readers.filter(({ driver }) => driver === 'camera').map(({ id, label }) => [id, { lane: lane.id, label }]),
      ),
    )
    for (const [reader, slot] of this.#slots) {
      const still = wanted.get(reader)
      if (still !== undefined && still.label === slot.label) continue
      slot.stop.abort()
      this.#slots.delete(reader)
    }
    for (const [reader, { lane, label }] of wanted) if (!this.#slots.has(reader)) this.#start(lane, reader, label)
  }

  readonly view = (reader: string): CameraView | null => this.#slots.get(reader)?.view ?? null

  /** Tells when any view changed, until the function it returns is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #start(lane: string, reader: string, label: string | undefined) {
    const slot: Slot = { label, stop: new AbortController(), view: null }
    this.#slots.set(reader, slot)
    let state: ReaderState = { kind: 'absent' }
    const report = () => this.#call((client, options) => client.pageDevice({ lane, device: reader, state }, options))
    const timer = setInterval(report, reportEveryMs)
    slot.stop.signal.addEventListener('abort', () => clearInterval(timer))
    const on: CameraEvents = {
      state: (next) => {
        state = next
        if (!slot.stop.signal.aborted) report()
      },
      reading: (bytes) => {
        const code = btoa(String.fromCharCode(...bytes))
        this.#call((client, options) => client.scan({ lane, reader, bytes: code }, options))
      },
      view: (view) => {
        slot.view = view
        for (const listener of this.#listeners) listener()
      },
    }
    runCamera({ reader, label, taken: this.#taken }, on, slot.stop.signal)
  }

  /** What cannot be said is not kept: the code is read again while it is held, and the state is said again. */
  #call(ask: (client: Client, options: { signal: AbortSignal }) => Promise<void>) {
    if (this.#client === null || this.#waiting >= maxWaiting) return
    this.#waiting++
    const done = () => {
      this.#waiting--
    }
    ask(this.#client, { signal: AbortSignal.timeout(answerWithinMs) }).then(done, done)
  }
}
