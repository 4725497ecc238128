import { basename } from 'node:path'
import type { DeviceInfo, UsbInfo } from '../../drivers/readers/driver.ts'
import { type Finding, good, quoted, wrong } from './finding.ts'
import { ownRule } from './machine.ts'
import type { System } from './system.ts'

export type Device = Extract<DeviceInfo, { kind: 'serial' | 'hid' | 'keyboard' }>

/** `setup`: the cure of what keeps the udev rules from working at all; null where they work. */
export function checkPermission(system: System, { id, usb }: Device, setup: string | null): Finding {
  if (system.isPermitted(id)) return good(`${id} can be opened`)
  const own = (of: UsbInfo) => setup ?? ownRule(of, 'SUBSYSTEM=="tty|hidraw|input", GROUP="gate", MODE="0660"')
  const cure = usb === null ? `sudo usermod -aG "$(stat -c %G ${quoted(id)})" ${quoted(system.user.name)}` : own(usb)
  return wrong(`${id} cannot be opened by ${system.user.name}`, cure)
}

/** It sends modem commands to every new serial port that nobody told it to ignore (ModemManager, "Modem filter"). */
export function checkModemManager(system: System, { id, kind, usb }: Device, setup: string | null): Finding | null {
  if (kind !== 'serial' || usb === null || !isRunning(system, 'ModemManager')) return null
  // What udev knows of a device: /run/udev/data/c, major and minor number.
  const number = system.read(`/sys/class/tty/${basename(id)}/dev`)?.trim() ?? ''
  const known = system.read(`/run/udev/data/c${number}`)?.split('\n') ?? []
  if (known.includes('E:ID_MM_DEVICE_IGNORE=1')) return good(`ModemManager ignores ${id}`)
  const cure = setup ?? ownRule(usb, 'ENV{ID_MM_DEVICE_IGNORE}="1"')
  return wrong(`ModemManager may talk to ${id}, which loses or garbles codes`, cure)
}

/** Its rules take the common serial converters for Braille displays: the port is gone as soon as it came. */
export function checkBrltty(system: System): Finding[] {
  const products = new Set(system.list('/sys/bus/usb/devices').map((name) => productOf(system, name)))
  const found: Finding[] = []
  const names = ['/usr/lib/udev/rules.d', '/lib/udev/rules.d'].flatMap((dir) =>
    system.list(dir).flatMap((name) => (name.includes('brltty') ? [{ dir, name }] : [])),
  )
  for (const { dir, name } of new Map(names.map((file) => [file.name, file])).values()) {
    // A file of the same name in /etc goes before it.
    const rules = system.read(`/etc/udev/rules.d/${name}`) ?? system.read(`${dir}/${name}`) ?? ''
    const taken = rules.split('\n').filter((line) => !line.trimStart().startsWith('#'))
    const product = [...products].find(
      (ids) => ids !== null && taken.some((line) => line.toLowerCase().includes(`"${ids}/`)),
    )
    if (product == null) continue
    const cure = `sudo ln -sf /dev/null /etc/udev/rules.d/${name} && sudo udevadm control --reload`
    found.push(
      wrong(`brltty takes ${product.replace('/', ':')} for a Braille display; plug it in again afterwards`, cure),
    )
  }
  return found
}

/** As PRODUCT in a USB device's uevent has it: without leading zeros. */
function productOf(system: System, name: string): string | null {
  const attribute = (of: string) =>
    system
      .read(`/sys/bus/usb/devices/${name}/${of}`)
      ?.trim()
      .replace(/^0+(?=.)/, '')
  const [vendor, product] = [attribute('idVendor'), attribute('idProduct')]
  return vendor === undefined || product === undefined ? null : `${vendor}/${product}`
}

/**
 * Programs that use serial ports lock them with flock(2), which /proc/locks shows without opening the port (proc(5)).
 * The service that works on `dir` holds its port by right.
 */
export function checkBusy(system: System, { id, kind }: Device, dir: string | undefined): Finding | null {
  const port = kind === 'serial' ? system.stat(id) : null
  if (port === null) return null
  const locks = locksOf(system)
  const hex = (part: number) => part.toString(16).padStart(2, '0')
  const key = `${hex(major(port.device))}:${hex(minor(port.device))}:${port.inode}`
  const holder = locks.find(({ file }) => file === key)?.pid
  if (holder === undefined) return good(`${id} is not in use`)
  const own = dir === undefined ? null : system.stat(`${dir}/service.lock`)
  const isOurs = locks.some(({ pid, file }) => pid === holder && own !== null && file.endsWith(`:${own.inode}`))
  if (isOurs) return good(`${id} is in use by the service of ${dir}`)
  const program = system.read(`/proc/${holder}/comm`)?.trim() ?? 'a program'
  return wrong(`${id} is in use by ${program}, process ${holder}`, `sudo kill ${holder}`)
}

function locksOf(system: System) {
  const line = /^\d+: \w+ +\w+ +\w+ (\d+) ([0-9a-f]+:[0-9a-f]+:\d+) /gm
  const locks = [...(system.read('/proc/locks') ?? '').matchAll(line)]
  return locks.map(([, pid, file = '']) => ({ pid: Number(pid), file }))
}

/** The parts of a device number as Linux has it in 32 bits and makes it 64 (glibc: gnu_dev_major, gnu_dev_minor). */
const major = (device: number) => Math.floor(device / 0x100) % 0x1000
const minor = (device: number) => (Math.floor(device / 0x100000) % 0x1000) * 0x100 + (device % 0x100)

function isRunning(system: System, program: string): boolean {
  return system.list('/proc').some((pid) => /^\d+$/.test(pid) && system.read(`/proc/${pid}/comm`)?.trim() === program)
}
