import type { LaneSettings } from '../contract/settings.ts'
import type { Lane, ReaderState } from '../contract/state.ts'
import type { Claim } from '../drivers/claim.ts'
import { outputClaim } from '../drivers/outputs/claim.ts'
import { isOutputDevice, type OpenOutput, type OutputDriver, type OutputSignal } from '../drivers/outputs/driver.ts'
import type { ReaderSignal } from '../drivers/readers/driver.ts'
import type { Log } from './log.ts'

/** What the outputs of a lane need of the service around them. */
export type OutputsContext = {
  readonly drivers: readonly OutputDriver[]
  readonly log: Log
  /** Lets a reader be heard and seen; one that cannot stays as it is. */
  signalReader(reader: string, signal: ReaderSignal): void
  /** A state changed. */
  changed(): void
}

/** The outputs of one lane: relays, lamps, the beepers of its readers, and the sound of a page. None of them can hold up a verdict. */
export class LaneOutputs {
  readonly lane: LaneSettings
  readonly claims: readonly Claim<OpenOutput>[]
  readonly #context: OutputsContext
  readonly #states = new Map<string, ReaderState>()
  /** What lamps show between two verdicts; null while one is shown. */
  #rest: OutputSignal | null = { kind: 'fault' }

  constructor(lane: LaneSettings, context: OutputsContext) {
    this.lane = lane
    this.#context = context
    const devices = lane.outputs.filter(isOutputDevice)
    this.claims = devices.map((output) =>
      outputClaim(output, context.drivers, {
        state: (state) => this.report(output.id, state),
        dropped: () =>
          context.log.warn({ lane: lane.id, output: output.id }, 'no signal for a passage: one runs and one waits'),
      }),
    )
  }

  /** The beeper of a reader is as its reader is. */
  states(ofReader: (reader: string) => ReaderState): Lane['outputs'] {
    return this.lane.outputs.map((output) => {
      const { id, driver } = output
      const state =
        output.driver === 'reader' ? ofReader(output.reader) : (this.#states.get(id) ?? { kind: 'absent' as const })
      return { id, driver, state, ...('volume' in output ? { volume: output.volume } : {}) }
    })
  }

  signal(signal: OutputSignal): void {
    this.#rest = signal.kind === 'verdict' ? null : signal
    for (const { ports } of this.claims) for (const port of ports) port.signal(signal)
    if (signal.kind !== 'verdict') return
    if (signal.outcome !== 'denied') this.#warnOfClosed()
    for (const output of this.lane.outputs) {
      if (output.driver === 'reader')
        this.#context.signalReader(output.reader, signal.outcome === 'denied' ? 'bad' : 'good')
    }
  }

  /** Whoever may pass and meets a gate that does not open has to be explained. */
  #warnOfClosed() {
    for (const { id, ports } of this.claims)
      if (ports.length === 0)
        this.#context.log.warn({ lane: this.lane.id, output: id }, 'no signal for a passage: not open')
  }

  /** What the output of this id is from now on. */
  report(output: string, state: ReaderState): void {
    this.#context.log.info({ lane: this.lane.id, output, state }, 'output')
    this.#states.set(output, state)
    // A lamp that is plugged in later shows how it is; a passage of before is not made up for.
    const claim = this.claims.find(({ id }) => id === output)
    if (state.kind === 'open' && this.#rest !== null) for (const port of claim?.ports ?? []) port.signal(this.#rest)
    this.#context.changed()
  }
}
