import type { ReaderSettings } from '../../contract/settings.ts'

/** A device as the system describes it, before anyone opened it. Two descriptions with one `id` are one device. */
export type DeviceInfo =
  /** `usb`: known to hang on USB, so that a reader bound to `*` may take it. */
  | { readonly kind: 'serial'; readonly id: string; readonly path: string; readonly usb: boolean }
  | { readonly kind: 'simulator'; readonly id: string }

/** What an open reader tells. */
export interface ReaderEvents {
  /** One whole message. Until the promise settles it counts as waiting: a driver reads no further while many wait. */
  reading(bytes: Uint8Array): Promise<void>
  /** Something that cannot be a code, because it is longer than any code can be. */
  overlong(): void
  /** The device is gone or broken; it comes once and nothing comes after it. */
  lost(why: string): void
}

export interface OpenReader {
  /** Settles when the device is free to be opened again. */
  close(): Promise<void>
}

export interface ReaderDriver {
  readonly name: ReaderSettings['driver']
  /** Decides from the description alone and never opens. */
  matches(device: DeviceInfo, settings: ReaderSettings): boolean
  /** Rejects with an Error whose message says why the device cannot be opened. */
  open(device: DeviceInfo, settings: ReaderSettings, on: ReaderEvents): Promise<OpenReader>
}
