import { accessSync, constants } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { listDevices, pluggedIn } from '../../drivers/discovery/index.ts'
import { type DeviceRow, describeDevices, type Use } from '../device-rows.ts'
import { Roles } from '../roles.ts'
import { readSettings } from '../settings.ts'
import { failed } from './failed.ts'

type Options = { data?: string; settings?: string; json: boolean }

/**
 * `gate-kiosk devices`: what is plugged in, which driver takes it and for whom, or why none does. With `--data` it knows
 * the devices that readers got by their test codes. Opens nothing.
 */
export async function showDevices(options: Options): Promise<number> {
  const settings = readSettings(options.settings)
  if (typeof settings === 'string') return failed(settings, 2)
  const roles = options.data === undefined ? null : Roles.open(options.data)
  if (typeof roles === 'string') return failed(roles)
  const placed = settings.lanes.map((lane) => ({
    ...lane,
    readers: lane.readers.map((reader) => roles?.placed(reader) ?? reader),
  }))
  const uses = placed.flatMap(({ readers, outputs }) => [...readers, ...outputs])
  const devices = await listDevices(uses, () => pluggedIn({ serial: true, hid: true }))
  const rows = describeDevices(devices, placed, isPermitted)
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  else process.stdout.write(rows.length === 0 ? 'nothing is plugged in\n' : rows.map(deviceText).join('\n'))
  return 0
}

export function deviceText({ kind, path, name, usb, permitted, use, hint }: DeviceRow): string {
  const serial = usb?.serialNumber == null ? '' : `, serial number ${usb.serialNumber}`
  const port = usb?.port == null ? '' : `, socket ${usb.port}`
  const identity = usb === null ? 'not on USB' : `${usb.vendorId}:${usb.productId}${serial}${port}`
  const lines = [
    `${kind} ${path}${name === null ? '' : ` "${name}"`}`,
    identity,
    textOfUse(use),
    ...(hint === null ? [] : [hint]),
    ...(permitted ? [] : ['this user may not open it: see gate-kiosk doctor']),
  ]
  // What a device says of itself must not drive the terminal.
  return `${lines.map((line) => stripVTControlCharacters(line).replace(/\p{Cc}/gu, '')).join('\n  ')}\n`
}

function textOfUse(use: Use): string {
  switch (use.kind) {
    case 'used':
      return `${use.driver} takes it for "${use.by}" at ${use.lane}`
    case 'free':
      return `nothing names it; ${use.drivers.join(' or ')} would take it with ${JSON.stringify(use.place).slice(1, -1)}`
    case 'unknown':
      return use.why
  }
}

/** access(2) asks the system without opening: an open serial port may move its control lines, and a relay with them. */
function isPermitted(path: string): boolean {
  // Other systems have no such names for devices.
  if (process.platform !== 'linux') return true
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}
