import { type LaneSettings, OutputSettings, ReaderSettings, type UsbDevice } from '../contract/settings.ts'
import { isOutputDevice } from '../drivers/outputs/driver.ts'
import { outputDrivers } from '../drivers/outputs/index.ts'
import type { DeviceInfo, UsbInfo } from '../drivers/readers/driver.ts'
import { readerDrivers } from '../drivers/readers/index.ts'
import { takesAny } from '../drivers/readers/place.ts'
import { identityOf } from './roles.ts'

/** A device that can be plugged in. */
type Plugged = Extract<DeviceInfo, { kind: 'serial' | 'hid' | 'keyboard' }>

/** Where settings say that the device is. */
type Place = { readonly usb: UsbDevice } | { readonly path: string }

export type Use =
  /** The reader or output of the settings that has it. */
  | { readonly kind: 'used'; readonly driver: string; readonly by: string; readonly lane: string }
  /** Nothing names it; these drivers would take it at this place. */
  | { readonly kind: 'free'; readonly drivers: readonly string[]; readonly place: Place }
  | { readonly kind: 'unknown'; readonly why: string }

export type DeviceRow = {
  readonly kind: Plugged['kind']
  readonly path: string
  /** As the device calls itself; null where it does not. */
  readonly name: string | null
  readonly usb: UsbInfo | null
  /** Whether this user may read and write it. */
  readonly permitted: boolean
  readonly use: Use
  /** What its ids alone do not tell. */
  readonly hint: string | null
}

/** One row for each device, however many descriptions there are of it. `lanes`: with the devices that readers got. */
export function describeDevices(
  devices: readonly DeviceInfo[],
  lanes: readonly LaneSettings[],
  isPermitted: (path: string) => boolean,
): DeviceRow[] {
  const byId = Map.groupBy(devices.filter(isPlugged), ({ id }) => id)
  return [...byId].flatMap(([path, descriptions]) => {
    const [first] = descriptions
    if (first === undefined) return []
    const { kind, usb } = first
    const name = ('name' in first && first.name) || null
    const use = usedBy(descriptions, lanes) ?? freeFor(descriptions, devices)
    return { kind, path, name, usb, permitted: isPermitted(path), use, hint: hintOf(first) }
  })
}

function isPlugged(device: DeviceInfo): device is Plugged {
  return device.kind === 'serial' || device.kind === 'hid' || device.kind === 'keyboard'
}

function usedBy(descriptions: readonly Plugged[], lanes: readonly LaneSettings[]): Use | null {
  const wanted = lanes.flatMap(({ id: lane, readers, outputs }) => [
    ...readers.map((of) => ({ lane, of, takes: (device: DeviceInfo) => takesReader(device, of) })),
    ...outputs.map((of) => ({ lane, of, takes: (device: DeviceInfo) => takesOutput(device, of) })),
  ])
  // What names a device goes before what takes any, as the supervisor has it.
  const claim = wanted
    .toSorted((a, b) => Number(takesAny(a.of)) - Number(takesAny(b.of)))
    .find(({ takes }) => descriptions.some(takes))
  return claim === undefined ? null : { kind: 'used', driver: claim.of.driver, by: claim.of.id, lane: claim.lane }
}

function takesReader(device: DeviceInfo, reader: ReaderSettings): boolean {
  return readerDrivers.some((driver) => driver.matches(device, reader))
}

function takesOutput(device: DeviceInfo, output: OutputSettings): boolean {
  return isOutputDevice(output) && outputDrivers.some((driver) => driver.matches(device, output))
}

/** Asks every driver whether it would take the device if settings named it by its path. */
function freeFor(descriptions: readonly Plugged[], plugged: readonly DeviceInfo[]): Use {
  const taking = (device: Plugged) => {
    const named = (driver: string) => ({ id: 'x', driver, path: device.path })
    const readers = readerDrivers.filter(({ name }) => {
      const reader = ReaderSettings.safeParse(named(name))
      return reader.success && takesReader(device, reader.data)
    })
    const outputs = outputDrivers.filter(({ name }) => {
      const output = OutputSettings.safeParse(named(name))
      return output.success && takesOutput(device, output.data)
    })
    return [...readers, ...outputs].map(({ name }) => name)
  }
  const drivers = [...new Set(descriptions.flatMap(taking))]
  const [first] = descriptions
  if (first === undefined || drivers.length === 0) return { kind: 'unknown', why: whyNone(descriptions) }
  const usb = identityOf(first, plugged)
  return { kind: 'free', drivers, place: usb === null ? { path: first.path } : { usb } }
}

function whyNone(descriptions: readonly Plugged[]): string {
  const uses = descriptions.flatMap((device) => (device.kind === 'hid' ? [device] : []))
  if (uses.some(({ usagePage, usage }) => usagePage === 1 && usage === 6))
    return 'it types: see the keyboard of the same name'
  if (uses.length === 0) return 'no driver takes devices of this sort'
  const hex = (value: number) => `0x${value.toString(16).padStart(2, '0')}`
  const pages = uses.map(({ usagePage, usage }) => `${hex(usagePage)}:${hex(usage)}`).join(', ')
  return `no driver takes a HID device for ${pages} (usage page and usage); a scanner has 0x8c:0x02`
}

function hintOf(device: Plugged): string | null {
  const ids = `${device.usb?.vendorId}:${device.usb?.productId}`
  if (ids === '1a86:7523') return 'CH340: the chip of cheap readers and of relay boards alike'
  if (ids === '16c0:05df') return 'ids that relay boards share with other devices: its name tells them apart'
  return device.kind === 'keyboard' ? 'as a reader it is taken away from the desktop' : null
}
