import { realpath } from 'node:fs/promises'
import type { OutputSettings, ReaderSettings } from '../../contract/settings.ts'
import type { DeviceInfo } from '../readers/driver.ts'
import { hidByLibrary, serialByLibrary } from './libraries.ts'
import { linuxDevices } from './linux.ts'

type Use = ReaderSettings | OutputSettings

/** By the name of its driver, the sort of device that settings ask the system for. */
const sorts: Readonly<Record<Use['driver'], 'serial' | 'hid' | 'keyboard' | null>> = {
  serial: 'serial',
  'hid-pos': 'hid',
  wedge: 'keyboard',
  camera: null,
  simulator: null,
  replay: null,
  lcus: 'serial',
  hw667: 'serial',
  usbrelay: 'hid',
  hidrelay: 'hid',
  qlight: 'hid',
  patlite: null,
  reader: null,
  sound: null,
}

/** What is there for these readers and outputs, and on Linux everything else that is plugged in. */
export async function listDevices(uses: readonly Use[], list = () => pluggedInFor(uses)): Promise<DeviceInfo[]> {
  const plugged = await list()
  return [...plugged, ...(await named(uses, plugged)), ...uses.flatMap(unplugged)]
}

function pluggedInFor(uses: readonly Use[]): Promise<DeviceInfo[]> {
  const wants = (sort: DeviceInfo['kind']) => uses.some(({ driver }) => sorts[driver] === sort)
  return pluggedIn({ serial: wants('serial'), hid: wants('hid') })
}

/**
 * Every device that the system knows of. On Linux by sysfs, which costs little; elsewhere `wanted` says what is worth
 * the asking, and keyboards are not known: there the page takes what a reader types.
 */
export async function pluggedIn(wanted: { serial: boolean; hid: boolean }): Promise<DeviceInfo[]> {
  if (process.platform === 'linux') return linuxDevices()
  return [...(wanted.serial ? await serialByLibrary() : []), ...(wanted.hid ? await hidByLibrary() : [])]
}

/** What the system does not list, or lists by another name, such as the one under /dev/serial/by-id. */
async function named(uses: readonly Use[], plugged: readonly DeviceInfo[]): Promise<DeviceInfo[]> {
  const found = uses.map(async (use): Promise<DeviceInfo[]> => {
    if (!('path' in use) || use.path === undefined || use.path === '*') return []
    const { path } = use
    const id = await presentAs(path, plugged)
    if (id === null) return []
    const known = plugged.filter((device) => device.id === id)
    if (known.length > 0)
      return known.flatMap((device) => ('path' in device && device.path !== path ? { ...device, path } : []))
    return sorts[use.driver] === 'serial' ? [{ kind: 'serial', id, path, usb: null }] : []
  })
  return (await Promise.all(found)).flat()
}

/** The real path behind a name, or null where nothing is plugged in. */
async function presentAs(path: string, plugged: readonly DeviceInfo[]): Promise<string | null> {
  // COM names of Windows are no files.
  if (process.platform !== 'win32') return realpath(path).catch(() => null)
  return plugged.find(({ id }) => id.toLowerCase() === path.toLowerCase())?.id ?? null
}

/** What needs no plug is always there. */
function unplugged(use: Use): DeviceInfo[] {
  if (use.driver === 'simulator') return [{ kind: 'simulator', id: use.id }]
  if (use.driver === 'replay') return [{ kind: 'replay', id: use.id, path: use.file }]
  if (use.driver === 'patlite') return [{ kind: 'network', id: use.id }]
  return []
}
