import { listDevices } from '../../drivers/discovery/index.ts'
import type { DeviceInfo } from '../../drivers/readers/driver.ts'
import { checkKeys } from '../doctor/custody.ts'
import { checkBrltty, checkBusy, checkModemManager, checkPermission, type Device } from '../doctor/devices.ts'
import { type Finding, note } from '../doctor/finding.ts'
import {
  checkFolder,
  checkGroup,
  checkLibrary,
  checkNode,
  checkRules,
  findRules,
  type Rules,
} from '../doctor/machine.ts'
import { type System, thisSystem } from '../doctor/system.ts'
import { readSettings } from '../settings.ts'
import { failed } from './failed.ts'

type Options = { data?: string; settings?: string }

/**
 * `gate-kiosk doctor`: what keeps this machine from using its readers and outputs, each with the command line that cures
 * it. Changes nothing and opens no device. Exit code 1: something is wrong.
 */
export async function examine(options: Options): Promise<number> {
  const settings = readSettings(options.settings)
  if (typeof settings === 'string') return failed(settings, 2)
  const uses = settings.lanes.flatMap(({ readers, outputs }) => [...readers, ...outputs])
  const rules = findRules(thisSystem, resourcesOfPackage())
  const findings = findAll(thisSystem, await listDevices(uses), { rules, dir: options.data })
  process.stdout.write(findings.map(findingText).join(''))
  return findings.some(({ kind }) => kind === 'wrong') ? 1 : 0
}

/** Where Electron has what a package carries beside its archive; null under Node. */
function resourcesOfPackage(): string | null {
  return 'resourcesPath' in process && typeof process.resourcesPath === 'string' ? process.resourcesPath : null
}

type Given = { readonly rules: Rules | null; readonly dir: string | undefined }

export function findAll(system: System, devices: readonly DeviceInfo[], { rules, dir }: Given): Finding[] {
  const machine = [
    checkNode(system),
    checkLibrary(system, 'node-hid'),
    checkLibrary(system, 'koffi'),
    ...(dir === undefined ? [] : [checkFolder(system, dir), ...checkKeys(system, dir)]),
  ]
  if (system.platform !== 'linux') return machine
  const setup = [checkRules(system, rules), checkGroup(system)]
  const first = setup.find((finding) => finding.kind === 'wrong')?.cure ?? null
  const plugged = [...new Map(devices.filter(isPlugged).map((device) => [device.id, device])).values()]
  const each = plugged.flatMap((device) => [
    checkPermission(system, device, first),
    checkModemManager(system, device, first),
    checkBusy(system, device, dir),
  ])
  return [
    ...machine,
    ...setup,
    ...checkBrltty(system),
    ...each.filter((finding) => finding !== null),
    ...(plugged.length === 0 ? [note('nothing is plugged in')] : []),
  ]
}

function isPlugged(device: DeviceInfo): device is Device {
  return device.kind === 'serial' || device.kind === 'hid' || device.kind === 'keyboard'
}

function findingText(finding: Finding): string {
  switch (finding.kind) {
    case 'good':
      return `ok     ${finding.what}\n`
    case 'note':
      return `note   ${finding.what}\n`
    case 'wrong':
      return `WRONG  ${finding.what}\n       ${finding.cure}\n`
  }
}
