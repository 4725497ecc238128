import type { EventEmitter } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { HIDAsync, setDriverType } from 'node-hid'

/** An open HID device. Byte 0 of every report that is sent to it is its id, 0 where the device numbers none. */
export interface HidPort {
  /** To be called once. What the device sent before that waits in the system, and only who listens hears of a loss. */
  listen(on: HidEvents): void
  write(report: Uint8Array): Promise<void>
  sendFeatureReport(report: Uint8Array): Promise<void>
  /** `length` counts the id; fewer bytes may come. */
  getFeatureReport(id: number, length: number): Promise<Uint8Array>
  /** From now on nothing is told. Settles when the device is free to be opened again. */
  close(): Promise<void>
}

interface HidEvents {
  /** One input report; byte 0 is its id only where the device numbers its reports. */
  report(bytes: Uint8Array): void
  /** The device is gone or broken; it comes once and nothing comes after it. */
  lost(why: string): void
}

/** Rejects with an Error whose message says why the device cannot be opened. */
export type OpenHid = (path: string) => Promise<HidPort>

/** By node-hid. */
export const openHid: OpenHid = async (path) => {
  // Through libusb a reader would be taken from the kernel, and its path would be another one.
  if (process.platform === 'linux') setDriverType('hidraw')
  return hidPort(await HIDAsync.open(path))
}

/** What is used of a device of node-hid. */
export type HidDevice = EventEmitter & Pick<HIDAsync, 'write' | 'sendFeatureReport' | 'getFeatureReport' | 'close'>

export function hidPort(device: HidDevice): HidPort {
  /** It is lost, or closed, or about to be. */
  let isOver = false
  let freed: Promise<void> | undefined
  return {
    listen(on) {
      // Of reading in the background node-hid tells errors as strings.
      device.on('error', (error: unknown) => {
        if (isOver) return
        isOver = true
        on.lost(error instanceof Error ? error.message : String(error))
      })
      // hidapi notices by reading that a device was pulled out, and node-hid reads while somebody listens for data.
      device.on('data', (report: Buffer) => {
        if (!isOver) on.report(report)
      })
    },
    write: async (report) => void (await device.write(Buffer.from(report))),
    sendFeatureReport: async (report) => void (await device.sendFeatureReport(Buffer.from(report))),
    getFeatureReport: (id, length) => device.getFeatureReport(id, length),
    close() {
      isOver = true
      // node-hid begins to read one tick after somebody listens, and throws into nowhere if it is closed by then.
      freed ??= nextTurn().then(() => device.close())
      return freed
    },
  }
}
