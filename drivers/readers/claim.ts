import type { ReaderSettings } from '../../contract/settings.ts'
import type { ReaderState } from '../../contract/state.ts'
import { Claim } from '../claim.ts'
import type { OpenReader, ReaderDriver } from './driver.ts'
import { takesAny } from './place.ts'

/** What is told of readers; `reader` is the id of the settings. */
export interface ReaderListener {
  reading(reader: string, bytes: Uint8Array): Promise<void>
  overlong(reader: string): void
  /** Every change of a reader's state. */
  state(reader: string, state: ReaderState): void
}

/** A reader of the settings, for the supervisor. */
export function readerClaim(
  reader: ReaderSettings,
  drivers: readonly ReaderDriver[],
  on: ReaderListener,
): Claim<OpenReader> {
  const { id } = reader
  return new Claim<OpenReader>({
    id,
    takesAny: takesAny(reader),
    match: (device) => {
      const driver = drivers.find((candidate) => candidate.matches(device, reader))
      if (driver === undefined) return null
      return (lost) =>
        driver.open(device, reader, {
          reading: (bytes) => on.reading(id, bytes),
          overlong: () => on.overlong(id),
          lost,
        })
    },
    state: (state) => on.state(id, state),
  })
}
