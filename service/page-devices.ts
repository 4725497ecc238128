import type { Misread } from '../contract/api.ts'
import type { LaneSettings, OutputSettings, ReaderSettings } from '../contract/settings.ts'
import type { Lane, ReaderState } from '../contract/state.ts'

/** Three reports of a page may get lost before its device counts as gone. */
const heardWithinMs = 12_000
const maxReasonLength = 200

/** What the pages tell; `reader` and `device` are ids of the settings. */
export interface PageEvents {
  reading(reader: string, bytes: Uint8Array): Promise<void>
  misread(reader: string, why: Misread): void
  /** Every change of a device's state. */
  state(device: string, state: ReaderState): void
}

/** Whether a page looks after it: cameras, sound, and what types where this program cannot take a keyboard for itself. */
export function isOfPage(
  device: ReaderSettings | OutputSettings,
  platform: NodeJS.Platform = process.platform,
): boolean {
  if (device.driver !== 'wedge') return device.driver === 'camera' || device.driver === 'sound'
  return platform !== 'linux' || (device.path === undefined && device.usb === undefined)
}

/** What a page has to know of a reader that it looks after. */
export function forPage(reader: ReaderSettings): Pick<Lane['readers'][number], 'label' | 'prefix'> {
  if (reader.driver === 'camera') return reader.label === undefined ? {} : { label: reader.label }
  return reader.driver === 'wedge' && isOfPage(reader) ? { prefix: reader.prefix ?? '' } : {}
}

/** The readers and outputs that pages look after: one is open for as long as a page says so. */
export class PageDevices {
  /** Reader, or any device → its lane. */
  readonly #readers = new Map<string, string>()
  readonly #devices = new Map<string, string>()
  readonly #on: PageEvents
  readonly #told = new Map<string, string>()
  readonly #silences = new Map<string, NodeJS.Timeout>()

  constructor(lanes: readonly LaneSettings[], on: PageEvents) {
    this.#on = on
    for (const { id: lane, readers, outputs } of lanes) {
      for (const { id } of readers.filter((reader) => isOfPage(reader))) this.#readers.set(id, lane)
      for (const { id } of [...readers, ...outputs].filter((of) => isOfPage(of))) this.#devices.set(id, lane)
    }
  }

  hasReader(lane: string, reader: string): boolean {
    return this.#readers.get(reader) === lane
  }

  has(lane: string, device: string): boolean {
    return this.#devices.get(device) === lane
  }

  /** Settles when the code was answered. */
  reading(reader: string, bytes: Uint8Array): Promise<void> {
    return this.#on.reading(reader, bytes)
  }

  misread(reader: string, why: Misread): void {
    this.#on.misread(reader, why)
  }

  /** Where several pages look after one device, the last word counts. */
  report(device: string, state: ReaderState): void {
    clearTimeout(this.#silences.get(device))
    const gone = () => this.#tell(device, { kind: 'absent' })
    this.#silences.set(device, setTimeout(gone, heardWithinMs))
    this.#tell(device, state.kind === 'failed' ? { ...state, why: state.why.slice(0, maxReasonLength) } : state)
  }

  stop(): void {
    for (const silence of this.#silences.values()) clearTimeout(silence)
  }

  #tell(device: string, state: ReaderState) {
    const key = JSON.stringify(state)
    if (this.#told.get(device) === key) return
    this.#told.set(device, key)
    this.#on.state(device, state)
  }
}
