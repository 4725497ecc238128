import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { UsbInfo } from '../../drivers/readers/driver.ts'
import { type Finding, good, note, quoted, wrong } from './finding.ts'
import type { NativePackage, System } from './system.ts'

/** As `engines` in package.json has it. */
const oldestNode = 24

/** The group that the udev rules give the devices to. */
const group = 'gate'

const rulesName = '70-gate-kiosk.rules'
const reload = 'sudo udevadm control --reload && sudo udevadm trigger'

export function checkNode({ nodeVersion }: System): Finding {
  if (Number.parseInt(nodeVersion, 10) >= oldestNode) return good(`Node ${nodeVersion}`)
  return wrong(`Node ${nodeVersion} is too old, expected ${oldestNode} or newer`, 'npm ci && npx gate-kiosk doctor')
}

const uses: Readonly<Record<NativePackage, string>> = {
  'node-hid': 'HID scanners, HID relays and lamps',
  koffi: 'readers that type',
}

export function checkLibrary(system: System, name: NativePackage): Finding {
  const why = system.load(name)
  if (why === null) return good(`${name} works`)
  const what = `${name} cannot be loaded, so that ${uses[name]} are not found: ${why}`
  // Both are in the needed list of node-hid's binary, and minimal systems have neither.
  const isSystems = system.platform === 'linux' && /lib(usb|udev)[-.0-9]*\.so/.test(why)
  return wrong(what, isSystems ? 'sudo apt-get install -y libusb-1.0-0 libudev1' : 'npm ci')
}

export function checkFolder(system: System, dir: string): Finding {
  const name = quoted(dir)
  if (system.stat(dir) === null) return note(`${dir} is not there yet: gate-kiosk serve makes it`)
  if (system.isPermitted(dir)) return good(`${dir} can be read and written`)
  return wrong(`${dir} cannot be read and written by ${system.user.name}`, `sudo chown -R ${system.user.name} ${name}`)
}

/** The udev rules as they come with this program, and where they are. */
export type Rules = { readonly path: string; readonly text: string }

/** `resources`: the folder of a package that is no archive; null for a checkout. Null: the program came without rules. */
export function findRules(system: System, resources: string | null): Rules | null {
  const packaged = resources === null ? [] : [join(resources, 'udev', rulesName)]
  const paths = [...packaged, fileURLToPath(new URL(`../../resources/udev/${rulesName}`, import.meta.url))]
  const found = paths.flatMap((path) => {
    const text = system.read(path)
    return text === null ? [] : [{ path, text }]
  })
  return found[0] ?? null
}

export function checkRules(system: System, ours: Rules | null): Finding {
  if (ours === null) return note(`${rulesName} did not come with this program: whether it is installed is not checked`)
  const places = ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/local/lib/udev/rules.d', '/usr/lib/udev/rules.d']
  const installed = places.map((dir) => system.read(`${dir}/${rulesName}`)).find((text) => text !== null)
  if (installed === ours.text) return good('the udev rules are installed')
  const what =
    installed === undefined ? 'the udev rules are not installed' : 'the udev rules are not those of this version'
  return wrong(what, `sudo install -m 644 ${quoted(ours.path)} /etc/udev/rules.d/${rulesName} && ${reload}`)
}

export function checkGroup(system: System): Finding {
  const { name, uid, groups } = system.user
  const [, , id, members = ''] =
    (system.read('/etc/group') ?? '')
      .split('\n')
      .map((line) => line.split(':'))
      .find(([entry]) => entry === group) ?? []
  if (id === undefined) {
    const join = uid === 0 ? '' : ` && sudo usermod -aG ${group} ${quoted(name)}`
    const cure = `sudo groupadd --system ${group}${join} && ${reload}`
    return wrong(`there is no group ${group}, to which the udev rules give the devices`, cure)
  }
  if (uid === 0)
    return note('root may open everything: let the user of the service run this, as in: sudo -u USER gate-kiosk doctor')
  if (groups.includes(Number(id))) return good(`${name} is in the group ${group}`)
  if (members.split(',').includes(name))
    return wrong(`${name} is in the group ${group} only from the next login on`, `newgrp ${group}`)
  return wrong(`${name} is not in the group ${group}`, `sudo usermod -aG ${group} ${quoted(name)} && newgrp ${group}`)
}

/** A rule of the machine's own for a device that ours do not know, and its reloading. */
export function ownRule({ vendorId, productId, port }: UsbInfo, assignments: string): string {
  // What hangs on no socket is a HID device: its name is bus, vendor, product and a number (kernel: hid_add_device).
  const ids = `*:${vendorId}:${productId}.*`.toUpperCase()
  const match = port === null ? `KERNELS=="${ids}"` : `ATTRS{idVendor}=="${vendorId}", ATTRS{idProduct}=="${productId}"`
  const rule = `${match}, ${assignments}`
  return `echo '${rule}' | sudo tee -a /etc/udev/rules.d/71-gate-kiosk-own.rules && ${reload}`
}
