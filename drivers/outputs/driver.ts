import type { Direction, ReadingOutcome } from '../../contract/outcome.ts'
import type { OutputSettings } from '../../contract/settings.ts'
import type { DeviceInfo } from '../readers/driver.ts'

/** What a lane tells its outputs: the answer to one code, or that it waits for one, or that nobody can pass. */
export type OutputSignal =
  | { readonly kind: 'verdict'; readonly outcome: ReadingOutcome; readonly direction: Direction }
  | { readonly kind: 'idle' }
  | { readonly kind: 'fault' }

/** What an open output tells. */
export interface OutputEvents {
  /** The device is gone or broken; it comes once, and whoever opened the device then closes it. */
  lost(why: string): void
  /** A passage was not signalled, because one is and another one waits. */
  dropped(): void
}

export interface OpenOutput {
  /** Takes no time and never throws: what fails is told by `lost`. */
  signal(signal: OutputSignal): void
  /** Puts the device into its safe state. Settles when it is free to be opened again. */
  close(): Promise<void>
}

/**
 * The sorts of outputs that are devices of their own; `reader` is a part of a reader, and `sound` the page's. An OSDP
 * reader would fit here.
 */
export type OutputDeviceSettings = Exclude<OutputSettings, { driver: 'reader' | 'sound' }>

export function isOutputDevice(output: OutputSettings): output is OutputDeviceSettings {
  return output.driver !== 'reader' && output.driver !== 'sound'
}

export interface OutputDriver {
  readonly name: OutputDeviceSettings['driver']
  /** Decides from the description alone and never opens. */
  matches(device: DeviceInfo, settings: OutputDeviceSettings): boolean
  /** Leaves the device in its safe state. Rejects with an Error whose message says why it cannot be opened. */
  open(device: DeviceInfo, settings: OutputDeviceSettings, on: OutputEvents): Promise<OpenOutput>
}
