import type { LaneSettings } from '../contract/settings.ts'
import type { ReaderState } from '../contract/state.ts'

/** Three reports of a page may get lost before its camera counts as gone. */
const heardWithinMs = 12_000
const maxReasonLength = 200

/** What the cameras tell; `reader` is the id of the settings. */
export interface CameraEvents {
  reading(reader: string, bytes: Uint8Array): Promise<void>
  /** Every change of a camera's state. */
  state(reader: string, state: ReaderState): void
}

/** The readers that pages serve: a camera is open for as long as a page says so. */
export class Cameras {
  /** Reader → its lane. */
  readonly #lanes = new Map<string, string>()
  readonly #on: CameraEvents
  readonly #told = new Map<string, string>()
  readonly #silences = new Map<string, NodeJS.Timeout>()

  constructor(lanes: readonly LaneSettings[], on: CameraEvents) {
    this.#on = on
    for (const lane of lanes) {
      for (const reader of lane.readers) if (reader.driver === 'camera') this.#lanes.set(reader.id, lane.id)
    }
  }

  has(lane: string, reader: string): boolean {
    return this.#lanes.get(reader) === lane
  }

  /** Settles when the code was answered. */
  reading(reader: string, bytes: Uint8Array): Promise<void> {
    return this.#on.reading(reader, bytes)
  }

  /** Where several pages serve one reader, the last word counts. */
  report(reader: string, state: ReaderState): void {
    clearTimeout(this.#silences.get(reader))
    const gone = () => this.#tell(reader, { kind: 'absent' })
    this.#silences.set(reader, setTimeout(gone, heardWithinMs))
    this.#tell(reader, state.kind === 'failed' ? { ...state, why: state.why.slice(0, maxReasonLength) } : state)
  }

  stop(): void {
    for (const silence of this.#silences.values()) clearTimeout(silence)
  }

  #tell(reader: string, state: ReaderState) {
    const key = JSON.stringify(state)
    if (this.#told.get(reader) === key) return
    this.#told.set(reader, key)
    this.#on.state(reader, state)
  }
}
