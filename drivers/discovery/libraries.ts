import HID from 'node-hid'
import { SerialPort } from 'serialport'
import type { DeviceInfo, UsbInfo } from '../readers/driver.ts'

/** The serial ports of Windows and macOS. On Linux this would start a udevadm process every time. */
export async function serialByLibrary(): Promise<DeviceInfo[]> {
  return (await SerialPort.list()).map(({ path, vendorId, productId, serialNumber }) => ({
    kind: 'serial',
    id: path,
    path,
    usb: vendorId === undefined || productId === undefined ? null : usbInfo(vendorId, productId, serialNumber),
  }))
}

const hidEveryMs = 5000

let kept: { at: number; devices: Promise<DeviceInfo[]> } | null = null

/** The HID devices of Windows and macOS. They are asked for every 5 s at most: it slows the bus down (node-hid README). */
export function hidByLibrary(): Promise<DeviceInfo[]> {
  const now = performance.now()
  if (kept === null || now - kept.at >= hidEveryMs) kept = { at: now, devices: askForHid() }
  return kept.devices
}

async function askForHid(): Promise<DeviceInfo[]> {
  // Without its library HID is missing, and the other readers work.
  const found = await HID.devicesAsync().catch(() => [])
  return found.flatMap(({ path, vendorId, productId, serialNumber, product, usagePage, usage }) => {
    if (path === undefined) return []
    const usb = usbInfo(hex4(vendorId), hex4(productId), serialNumber)
    return {
      kind: 'hid',
      id: path,
      path,
      usb,
      name: product ?? '',
      usagePage: usagePage ?? 0,
      usage: usage ?? 0,
      descriptor: null,
    }
  })
}

function usbInfo(vendorId: string, productId: string, serialNumber: string | undefined): UsbInfo {
  return {
    vendorId: vendorId.toLowerCase(),
    productId: productId.toLowerCase(),
    serialNumber: serialNumber?.trim() || null,
    port: null,
  }
}

function hex4(id: number): string {
  return id.toString(16).padStart(4, '0')
}
