import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { UsbInfo } from '../readers/driver.ts'

/**
 * The USB device that a device in sysfs belongs to: the nearest folder above it with `idVendor` and `idProduct`, whose
 * own name, such as `1-2.3`, is the path of sockets (kernel: Documentation/ABI/testing/sysfs-bus-usb). Null: none.
 */
export async function usbOf(device: string): Promise<UsbInfo | null> {
  for (let dir = device; dirname(dir) !== dir; dir = dirname(dir)) {
    const [vendorId, productId] = await Promise.all([attribute(dir, 'idVendor'), attribute(dir, 'idProduct')])
    if (!isHex4(vendorId) || !isHex4(productId)) continue
    return { vendorId, productId, serialNumber: await attribute(dir, 'serial'), port: basename(dir) }
  }
  return null
}

function isHex4(text: string | null): text is string {
  return text !== null && /^[0-9a-f]{4}$/.test(text)
}

/** Null for an attribute that is not there or says nothing. */
async function attribute(dir: string, name: string): Promise<string | null> {
  const text = await readFile(join(dir, name), 'utf8').catch(() => '')
  return text.trim() || null
}
