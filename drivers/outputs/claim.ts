import type { ReaderState } from '../../contract/state.ts'
import { Claim } from '../claim.ts'
import type { OpenOutput, OutputDeviceSettings, OutputDriver } from './driver.ts'

type OutputListener = {
  state(state: ReaderState): void
  dropped(): void
}

/** An output of the settings, for the supervisor. */
export function outputClaim(
  output: OutputDeviceSettings,
  drivers: readonly OutputDriver[],
  on: OutputListener,
): Claim<OpenOutput> {
  return new Claim<OpenOutput>({
    id: output.id,
    takesAny: false,
    match: (device) => {
      const driver = drivers.find((candidate) => candidate.matches(device, output))
      if (driver === undefined) return null
      return (lost) => driver.open(device, output, { lost, dropped: () => on.dropped() })
    },
    state: (state) => on.state(state),
  })
}
