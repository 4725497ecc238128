import { onTestFinished } from 'vitest'
import { ReaderSettings } from '../../contract/settings.ts'
import { listDevices } from '../../drivers/discovery/index.ts'
import { type ReaderListener, readerClaim } from '../../drivers/readers/claim.ts'
import type { DeviceInfo, ReaderDriver } from '../../drivers/readers/driver.ts'
import { hidPos } from '../../drivers/readers/hid-pos/index.ts'
import { readerDrivers } from '../../drivers/readers/index.ts'
import { serial } from '../../drivers/readers/serial/index.ts'
import { Supervisor } from '../../drivers/supervisor.ts'

export const serialReader = (id: string, path: string) => ReaderSettings.parse({ id, driver: 'serial', path })

type Parts = { drivers?: readonly ReaderDriver[]; list?: typeof listDevices }

/** A supervisor at work, and all that it tells as `reader what`. */
export function supervise(
  readers: readonly ReaderSettings[],
  { drivers = readerDrivers, list = listDevices }: Parts = {},
) {
  const told: string[] = []
  const on: ReaderListener = {
    reading: async (reader, bytes) => void told.push(`${reader} read ${Buffer.from(bytes).toString('utf8')}`),
    overlong: (reader) => void told.push(`${reader} overlong`),
    state: (reader, state) => void told.push(`${reader} ${state.kind}`),
  }
  const claims = readers.map((reader) => readerClaim(reader, drivers, on))
  const supervisor = new Supervisor(claims, () => list(readers))
  onTestFinished(() => supervisor.stop())
  return { supervisor, told }
}

/** Matches as the drivers of serial and HID readers do, opens nothing, and notes what it was asked to open and close. */
export function standIn(open: (path: string) => Promise<void> = async () => {}) {
  const calls: string[] = []
  const lose = new Map<string, () => void>()
  const driver: ReaderDriver = {
    name: 'serial',
    matches: (device, settings) => serial.matches(device, settings) || hidPos.matches(device, settings),
    async open(device, settings, on) {
      const what = `${device.id} for ${settings.id}`
      calls.push(`open ${what}`)
      lose.set(device.id, () => on.lost('cable cut'))
      await open(device.id)
      return { close: async () => void calls.push(`close ${what}`) }
    },
  }
  return { driver, calls, lose }
}

export const unknownUsb = { vendorId: '0000', productId: '0000', serialNumber: null, port: null }
export const usb = (path: string): DeviceInfo => ({ kind: 'serial', id: path, path, usb: unknownUsb })
