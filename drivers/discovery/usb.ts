import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { UsbInfo } from '../readers/driver.ts'

/**
 * The USB device that a device in sysfs belongs to: the nearest folder above it with `idVendor` and `idProduct`, whose
 * own name, such as `1-2.3`, is the path of sockets (kernel: Documentation/ABI/testing/sysfs-bus-usb). Of a HID device
 * over Bluetooth, or made by a program, it is what its driver says of it. Null: neither.
 */
export async function usbOf(device: string): Promise<UsbInfo | null> {
  let hid: Hid | null = null
  for (let dir = device; dirname(dir) !== dir; dir = dirname(dir)) {
    const [vendorId, productId] = await Promise.all([attribute(dir, 'idVendor'), attribute(dir, 'idProduct')])
    if (isHex4(vendorId) && isHex4(productId))
      return { vendorId, productId, serialNumber: await attribute(dir, 'serial'), port: basename(dir) }
    hid ??= hidOf((await attribute(dir, 'uevent')) ?? '')
    // What lies above it on USB is the radio.
    if (hid?.bus === bluetooth) break
  }
  return hid?.usb ?? null
}

type Hid = { readonly bus: string; readonly usb: UsbInfo }

/** BUS_BLUETOOTH of linux/input.h; BUS_USB is 0003. */
const bluetooth = '0005'

/** From a uevent, where HID_ID is bus, vendor and product (kernel: drivers/hid/hid-core.c, hid_uevent). */
function hidOf(uevent: string): Hid | null {
  const id = /^HID_ID=(0003|0005):0000([0-9A-F]{4}):0000([0-9A-F]{4})$/m
  const [, bus, vendor, product] = id.exec(uevent) ?? []
  if (bus === undefined || vendor === undefined || product === undefined) return null
  const serialNumber = /^HID_UNIQ=(.+)$/m.exec(uevent)?.[1] ?? null
  return { bus, usb: { vendorId: vendor.toLowerCase(), productId: product.toLowerCase(), serialNumber, port: null } }
}

function isHex4(text: string | null): text is string {
  return text !== null && /^[0-9a-f]{4}$/.test(text)
}

/** Null for an attribute that is not there or says nothing. */
async function attribute(dir: string, name: string): Promise<string | null> {
  const text = await readFile(join(dir, name), 'utf8').catch(() => '')
  return text.trim() || null
}
