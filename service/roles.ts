import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { type ReaderSettings, UsbDevice } from '../contract/settings.ts'
import type { ReaderState } from '../contract/state.ts'
import type { DeviceInfo, ReaderDriver } from '../drivers/readers/driver.ts'
import { parseJson } from '../sync/json.ts'
import { writeAtomically } from './atomic-file.ts'
import { readIfThere } from './secrets.ts'

const Kept = z.record(z.string(), UsbDevice)

/** A reader that gets its device by a test code, because its settings name none. */
export type RoleReader = Extract<ReaderSettings, { driver: 'serial' | 'hid-pos' }>

/**
 * A reader that types has to be named in the settings: to find it by what it types, every keyboard of the PC would have
 * to be taken away from its user.
 */
export function needsRole(reader: ReaderSettings): reader is RoleReader {
  const isSort = reader.driver === 'serial' || reader.driver === 'hid-pos'
  return isSort && reader.path === undefined && reader.usb === undefined
}

/** What a reader has to read to become this one of the settings. */
export function testCode(reader: string): string {
  return `gate-role:${reader}`
}

/** Which device each reader got by its test code, by the reader's id. Kept in `roles.json` of the data folder. */
export class Roles {
  readonly #file: string
  #devices: ReadonlyMap<string, UsbDevice>
  readonly #absent = new Set<string>()

  /** A string says why the file cannot be used. */
  static open(dir: string): Roles | string {
    const file = join(dir, 'roles.json')
    let text: string | null
    try {
      text = readIfThere(file)
    } catch (error) {
      return `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`
    }
    const kept = Kept.safeParse(text === null ? {} : parseJson(text))
    if (kept.success) return new Roles(file, new Map(Object.entries(kept.data)))
    return `${file} is damaged: delete it, then show every reader its test code again`
  }

  private constructor(file: string, devices: ReadonlyMap<string, UsbDevice>) {
    this.#file = file
    this.#devices = devices
  }

  /** The reader's settings with the device that it got; as they are where they name one, or it got none yet. */
  placed(reader: ReaderSettings): ReaderSettings {
    const usb = this.#devices.get(reader.id)
    return usb !== undefined && needsRole(reader) ? { ...reader, usb } : reader
  }

  /** Whether a test code counts for this reader: it got no device yet, or that one is not plugged in. */
  isOpenTo(reader: ReaderSettings): reader is RoleReader {
    return needsRole(reader) && (!this.#devices.has(reader.id) || this.#absent.has(reader.id))
  }

  /** The same drivers, for settings without a device as for settings with the one that was got. */
  drivers(drivers: readonly ReaderDriver[]): ReaderDriver[] {
    return drivers.map((driver) => ({
      ...driver,
      matches: (device, reader) => driver.matches(device, this.placed(reader)),
    }))
  }

  /** Takes note of every change of a reader's state. */
  state(reader: string, state: ReaderState): void {
    if (state.kind === 'absent') this.#absent.add(reader)
    else this.#absent.delete(reader)
  }

  /** From now on the reader is this device, and no other reader is. A string says why that cannot be kept. */
  bind(reader: string, device: UsbDevice): string | null {
    const others = [...this.#devices].filter(([, kept]) => !isDeepStrictEqual(kept, device))
    const devices = new Map(others).set(reader, device)
    try {
      writeAtomically(this.#file, JSON.stringify(Object.fromEntries(devices)))
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    this.#devices = devices
    this.#absent.delete(reader)
    return null
  }
}

/**
 * What tells the device from everything else that is plugged in: its serial number; without one, or where a twin has the
 * same, as cheap readers do, the socket as well. Null where neither is known.
 */
export function identityOf(device: DeviceInfo, plugged: readonly DeviceInfo[]): UsbDevice | null {
  if (!('usb' in device) || device.usb === null) return null
  const { vendorId, productId, serialNumber, port } = device.usb
  const isTwin = (other: DeviceInfo) =>
    'usb' in other &&
    other.usb?.vendorId === vendorId &&
    other.usb.productId === productId &&
    other.usb.serialNumber === serialNumber &&
    other.usb.port !== port
  const serial = serialNumber === null ? {} : { serialNumber }
  if (serialNumber !== null && !plugged.some(isTwin)) return usable({ vendorId, productId, ...serial })
  return port === null ? null : usable({ vendorId, productId, ...serial, port })
}

function usable(device: UsbDevice): UsbDevice | null {
  return UsbDevice.safeParse(device).data ?? null
}
