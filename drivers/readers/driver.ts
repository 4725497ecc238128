import type { ReaderSettings } from '../../contract/settings.ts'

/**
 * What USB says of a device, or Bluetooth in its stead; ids are 4 hexadecimal digits in lower case. `port`: the path of
 * sockets such as `1-2.3`, null where it hangs on none.
 */
export type UsbInfo = {
  readonly vendorId: string
  readonly productId: string
  readonly serialNumber: string | null
  readonly port: string | null
}

/** A device as the system describes it, before anyone opened it. Two descriptions with one `id` are one device. */
export type DeviceInfo =
  /** `usb` is null for a port that is not known to hang on USB. */
  | { readonly kind: 'serial'; readonly id: string; readonly path: string; readonly usb: UsbInfo | null }
  /** `descriptor`: the HID report descriptor, null where the system does not give it. */
  | {
      readonly kind: 'hid'
      readonly id: string
      readonly path: string
      readonly usb: UsbInfo | null
      readonly name: string
      readonly usagePage: number
      readonly usage: number
      readonly descriptor: Uint8Array | null
    }
  /** Something that types; on Linux an evdev node. */
  | {
      readonly kind: 'keyboard'
      readonly id: string
      readonly path: string
      readonly usb: UsbInfo | null
      readonly name: string
    }
  | { readonly kind: 'simulator'; readonly id: string }
  /** Something in the network, at the address that the settings of output `id` name; it is always listed. */
  | { readonly kind: 'network'; readonly id: string }
  | { readonly kind: 'replay'; readonly id: string; readonly path: string }

/** What an open reader tells. */
export interface ReaderEvents {
  /** One whole message. Until the promise settles it counts as waiting: a driver reads no further while many wait. */
  reading(bytes: Uint8Array): Promise<void>
  /**
   * What came is lost: it is longer than any code can be, or it came while too many messages waited. Messages that are
   * lost one behind the other are told of once.
   */
  overlong(): void
  /** The device is gone or broken; it comes once and nothing comes after it. */
  lost(why: string): void
}

/** What the reader itself can do to be heard and seen; those that cannot leave it out. */
export type ReaderSignal = 'good' | 'bad' | 'trigger'

export interface OpenReader {
  /** Settles when the device is free to be opened again. */
  close(): Promise<void>
  signal?(signal: ReaderSignal): Promise<void>
}

export interface ReaderDriver {
  readonly name: ReaderSettings['driver']
  /** Decides from the description alone and never opens. */
  matches(device: DeviceInfo, settings: ReaderSettings): boolean
  /** Rejects with an Error whose message says why the device cannot be opened. */
  open(device: DeviceInfo, settings: ReaderSettings, on: ReaderEvents): Promise<OpenReader>
}
