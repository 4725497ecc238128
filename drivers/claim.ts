import type { ReaderState } from '../contract/state.ts'
import type { DeviceInfo } from './readers/driver.ts'

export type Port = { close(): Promise<void> }

/**
 * Rejects with an Error whose message says why the device cannot be opened. `lost`: it is gone or broken; it is closed
 * then, and tried again later.
 */
export type Opener<Open> = (lost: (why: string) => void) => Promise<Open>

type Parts<Open> = {
  readonly id: string
  /** It takes any device of its sort that no other claim names. */
  readonly takesAny: boolean
  /** Null: the device is not what the settings ask for. */
  match(device: DeviceInfo): Opener<Open> | null
  /** Every change of its state. */
  state(state: ReaderState): void
}

/** What settings ask for, a reader or an output, and the devices that are open for it. */
export class Claim<Open extends Port = Port> {
  readonly id: string
  readonly takesAny: boolean
  readonly state: (state: ReaderState) => void
  readonly #match: (device: DeviceInfo) => Opener<Open> | null
  readonly #ports = new Set<Open>()

  constructor({ id, takesAny, match, state }: Parts<Open>) {
    this.id = id
    this.takesAny = takesAny
    this.state = state
    this.#match = match
  }

  /** The devices that are open now: one, but for a claim that takes any. */
  get ports(): readonly Open[] {
    return [...this.#ports]
  }

  match(device: DeviceInfo): Opener<Port> | null {
    const open = this.#match(device)
    if (open === null) return null
    return async (lost) => {
      const port = await open(lost)
      this.#ports.add(port)
      return {
        close: () => {
          this.#ports.delete(port)
          return port.close()
        },
      }
    }
  }
}
