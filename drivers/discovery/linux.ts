import { readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeviceInfo } from '../readers/driver.ts'
import { applications } from './applications.ts'
import { usbOf } from './usb.ts'

/**
 * The USB serial ports, HID devices and keyboards of this machine. Reads sysfs alone, opens no device and starts no
 * process. A HID device is listed once for each of its uses. `sys`: where sysfs is mounted.
 */
export async function linuxDevices(sys = '/sys'): Promise<DeviceInfo[]> {
  const found = await Promise.all([
    each(join(sys, 'class/tty'), /^tty(ACM|USB)\d+$/, serial),
    each(join(sys, 'class/hidraw'), /^hidraw\d+$/, hid),
    each(join(sys, 'class/input'), /^event\d+$/, keyboard),
  ])
  return found.flat()
}

async function each(
  dir: string,
  name: RegExp,
  describe: (path: string, device: string) => Promise<DeviceInfo[]>,
): Promise<DeviceInfo[]> {
  const names = (await readdir(dir).catch(() => [])).filter((entry) => name.test(entry))
  const found = names.map(async (entry) => {
    const device = await realpath(join(dir, entry, 'device')).catch(() => null)
    const parent = dir.endsWith('/input') ? '/dev/input' : '/dev'
    // It was pulled out just now.
    return device === null ? [] : describe(`${parent}/${entry}`, device)
  })
  return (await Promise.all(found)).flat()
}

async function serial(path: string, device: string): Promise<DeviceInfo[]> {
  return [{ kind: 'serial', id: path, path, usb: await usbOf(device) }]
}

async function hid(path: string, device: string): Promise<DeviceInfo[]> {
  const [uevent, descriptor, usb] = await Promise.all([
    text(join(device, 'uevent')),
    readFile(join(device, 'report_descriptor')).catch(() => null),
    usbOf(device),
  ])
  const name = /^HID_NAME=(.*)$/m.exec(uevent)?.[1] ?? ''
  const uses = descriptor === null ? [] : applications(descriptor)
  const [first = { usagePage: 0, usage: 0 }, ...more] = uses
  return [first, ...more].map((use) => ({ kind: 'hid', id: path, path, usb, name, ...use, descriptor }))
}

async function keyboard(path: string, device: string): Promise<DeviceInfo[]> {
  const [keys, name, usb] = await Promise.all([
    text(join(device, 'capabilities/key')),
    text(join(device, 'name')),
    usbOf(device),
  ])
  return hasLetters(keys) ? [{ kind: 'keyboard', id: path, path, usb, name }] : []
}

/**
 * Q to P, A to L and Z to M of linux/input-event-codes.h: bits 16–25, 30–38 and 44–50. The kernel prints the bitmap as
 * hexadecimal words of its own width, the lowest last; all these lie in the lowest 51 bits.
 */
function hasLetters(keys: string): boolean {
  const words = keys.split(' ')
  if (words.some((word) => !/^[0-9a-f]{1,16}$/.test(word))) return false
  const low = BigInt(`0x${words.at(-1)}`)
  // Words of 32 bits: the letters reach into the next one.
  const bits = low >> 32n === 0n ? (BigInt(`0x${words.at(-2) ?? 0}`) << 32n) | low : low
  return (bits & letters) === letters
}

const letters = (0x3ffn << 16n) | (0x1ffn << 30n) | (0x7fn << 44n)

async function text(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim()
}
