import { readdir, realpath } from 'node:fs/promises'
import { SerialPort } from 'serialport'
import type { ReaderSettings } from '../contract/settings.ts'
import type { DeviceInfo } from './readers/driver.ts'

/** What is plugged in, as far as these readers could use it. */
export async function listDevices(readers: readonly ReaderSettings[]): Promise<DeviceInfo[]> {
  const devices: DeviceInfo[] = []
  const usb = readers.some((reader) => reader.driver === 'serial' && reader.path === '*') ? await usbSerialPaths() : []
  for (const path of usb) devices.push({ kind: 'serial', id: path, path, usb: true })
  for (const reader of readers) {
    if (reader.driver === 'simulator') devices.push({ kind: 'simulator', id: reader.id })
    if (reader.driver !== 'serial' || reader.path === '*') continue
    const id = await presentAs(reader.path)
    if (id !== null) devices.push({ kind: 'serial', id, path: reader.path, usb: false })
  }
  return devices
}

/** On Linux the names tell enough, and SerialPort.list() would start a udevadm process every round. */
async function usbSerialPaths(): Promise<string[]> {
  if (process.platform === 'linux') {
    const names = await readdir('/dev')
    return names.filter((name) => /^tty(ACM|USB)\d+$/.test(name)).map((name) => `/dev/${name}`)
  }
  return (await SerialPort.list()).filter((port) => port.vendorId !== undefined).map((port) => port.path)
}

/** The real path behind a name such as /dev/serial/by-id/…, or null where nothing is plugged in. */
async function presentAs(path: string): Promise<string | null> {
  // COM names of Windows are no files.
  if (process.platform !== 'win32') return realpath(path).catch(() => null)
  const ports = await SerialPort.list()
  return ports.find((port) => port.path.toLowerCase() === path.toLowerCase())?.path ?? null
}
