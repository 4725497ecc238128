import { readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SerialPort } from 'serialport'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DeviceInfo } from '../../drivers/readers/driver.ts'
import { findAll } from '../../service/commands/doctor.ts'
import { checkBusy, type Device } from '../../service/doctor/devices.ts'
import { quoted } from '../../service/doctor/finding.ts'
import { findRules } from '../../service/doctor/machine.ts'
import { type System, thisSystem } from '../../service/doctor/system.ts'
import { openPty } from '../support/pty.ts'

const rulesFile = fileURLToPath(new URL('../../resources/udev/70-gate-kiosk.rules', import.meta.url))
const rules = { path: '/opt/gate kiosk/70-gate-kiosk.rules', text: readFileSync(rulesFile, 'utf8') }

const reader: Device = {
  kind: 'serial',
  id: '/dev/ttyUSB0',
  path: '/dev/ttyUSB0',
  usb: { vendorId: '1a86', productId: '7523', serialNumber: null, port: '1-4' },
}

const healthyFiles: Readonly<Record<string, string>> = {
  '/etc/udev/rules.d/70-gate-kiosk.rules': rules.text,
  '/etc/group': 'root:x:0:\ngate:x:990:an\n',
  '/proc/locks': '',
}

type Faults = {
  files?: Readonly<Record<string, string>>
  /** Paths that the user may not open. */
  refused?: readonly string[]
  system?: Partial<System>
}

/** A Debian machine on which all is well but for these faults. */
function machine({ files = {}, refused = [], system = {} }: Faults = {}): System {
  const all = new Map(Object.entries({ ...healthyFiles, ...files }))
  return {
    platform: 'linux',
    nodeVersion: '24.21.0',
    user: { name: 'an', uid: 1000, groups: [990] },
    read: (path) => all.get(path) ?? null,
    list: (path) => [
      ...new Set(
        [...all.keys()]
          .filter((file) => file.startsWith(`${path}/`))
          .map((file) => file.slice(path.length + 1).split('/')[0] ?? ''),
      ),
    ],
    // Minor number 5 of an unnamed file system, as devtmpfs has one.
    stat: (path) =>
      path === '/data' || path.startsWith('/dev/') || all.has(path) ? { device: 5, inode: path.length } : null,
    isPermitted: (path) => !refused.includes(path),
    load: () => null,
    ...system,
  }
}

function wrongs(system: System, { devices = [reader], dir }: { devices?: readonly DeviceInfo[]; dir?: string } = {}) {
  return findAll(system, devices, { rules, dir }).flatMap((finding) =>
    finding.kind === 'wrong' ? [[finding.what, finding.cure]] : [],
  )
}

const reload = 'sudo udevadm control --reload && sudo udevadm trigger'

describe('gate-kiosk doctor', () => {
  it('finds nothing wrong on a machine that is set up', () => {
    expect(wrongs(machine(), { dir: '/data' })).toEqual([])
    expect(findAll(machine(), [], { rules, dir: undefined })).toContainEqual({
      kind: 'note',
      what: 'nothing is plugged in',
    })
  })

  it('finds a Node that is too old', () => {
    expect(wrongs(machine({ system: { nodeVersion: '22.18.0' } }))).toEqual([
      ['Node 22.18.0 is too old, expected 24 or newer', 'npm ci && npx gate-kiosk doctor'],
    ])
  })

  it('finds system libraries that are missing, and packages that are damaged', () => {
    const why = 'libusb-1.0.so.0: cannot open shared object file: No such file or directory'
    const without = (name: string, text: string) => ({ load: (asked: string) => (asked === name ? text : null) })
    expect(wrongs(machine({ system: without('node-hid', why) }))).toEqual([
      [expect.stringContaining(why), 'sudo apt-get install -y libusb-1.0-0 libudev1'],
    ])
    expect(wrongs(machine({ system: without('koffi', 'Cannot find module') }))).toEqual([
      [expect.stringContaining('readers that type'), 'npm ci'],
    ])
  })

  it('finds udev rules that are missing or of another version', () => {
    const install = `sudo install -m 644 '/opt/gate kiosk/70-gate-kiosk.rules' /etc/udev/rules.d/70-gate-kiosk.rules && ${reload}`
    const { '/etc/udev/rules.d/70-gate-kiosk.rules': _, ...files } = healthyFiles
    const bare = machine({ system: { read: (path) => files[path] ?? null } })
    expect(wrongs(bare)).toEqual([['the udev rules are not installed', install]])
    const old = machine({ files: { '/etc/udev/rules.d/70-gate-kiosk.rules': '# old' } })
    expect(wrongs(old)).toEqual([['the udev rules are not those of this version', install]])
  })

  it('finds its own rules where a package keeps them, else in the checkout', () => {
    expect(findRules(thisSystem, null)).toEqual({ path: rulesFile, text: rules.text })
    const packaged = '/opt/gate-kiosk/resources/udev/70-gate-kiosk.rules'
    const files = { [packaged]: 'packaged', [rulesFile]: 'checkout' }
    expect(findRules(machine({ files }), '/opt/gate-kiosk/resources')).toEqual({ path: packaged, text: 'packaged' })
    expect(findRules(machine({ files }), '/opt/other')).toEqual({ path: rulesFile, text: 'checkout' })
  })

  it('goes on without its own rules, and says so', () => {
    const bare = machine({ system: { read: () => null } })
    expect(findRules(bare, '/opt/gate-kiosk/resources')).toBeNull()
    const findings = findAll(bare, [], { rules: null, dir: undefined })
    expect(findings).toContainEqual({ kind: 'note', what: expect.stringContaining('did not come with this program') })
  })

  it('makes a rule for a HID device without a USB socket by its name', () => {
    const usb = { vendorId: '0c2e', productId: '0b8f', serialNumber: null, port: null }
    const about = { name: 'Voyager', usagePage: 0x8c, usage: 2, descriptor: null }
    const cordless: Device = { kind: 'hid', id: '/dev/hidraw0', path: '/dev/hidraw0', usb, ...about }
    expect(wrongs(machine({ refused: ['/dev/hidraw0'] }), { devices: [cordless] })).toEqual([
      ['/dev/hidraw0 cannot be opened by an', expect.stringContaining(`echo 'KERNELS=="*:0C2E:0B8F.*", SUBSYSTEM==`)],
    ])
  })

  it('finds a user outside the group, and one who is in it from the next login on', () => {
    const none = machine({ files: { '/etc/group': 'root:x:0:\n' } })
    expect(wrongs(none)).toEqual([
      [
        expect.stringContaining('no group gate'),
        `sudo groupadd --system gate && sudo usermod -aG gate an && ${reload}`,
      ],
    ])
    const user = { name: 'an', uid: 1000, groups: [] }
    const outside = machine({ files: { '/etc/group': 'gate:x:990:binh,anh\n' }, system: { user } })
    expect(wrongs(outside)).toEqual([['an is not in the group gate', 'sudo usermod -aG gate an && newgrp gate']])
    expect(wrongs(machine({ system: { user } }))).toEqual([
      ['an is in the group gate only from the next login on', 'newgrp gate'],
    ])
  })

  it('says that root cannot judge permissions', () => {
    const asRoot = findAll(machine({ system: { user: { name: 'root', uid: 0, groups: [0] } } }), [reader], {
      rules,
      dir: undefined,
    })
    expect(asRoot).toContainEqual({ kind: 'note', what: expect.stringContaining('sudo -u USER') })
  })

  it('finds a device or a data folder that the user may not open', () => {
    expect(wrongs(machine({ refused: ['/dev/ttyUSB0', '/data'] }), { dir: '/data' })).toEqual([
      ['/data cannot be read and written by an', 'sudo chown -R an /data'],
      [
        '/dev/ttyUSB0 cannot be opened by an',
        `echo 'ATTRS{idVendor}=="1a86", ATTRS{idProduct}=="7523", SUBSYSTEM=="tty|hidraw|input", GROUP="gate", MODE="0660"' | sudo tee -a /etc/udev/rules.d/71-gate-kiosk-own.rules && ${reload}`,
      ],
    ])
    const board: Device = { kind: 'serial', id: '/dev/ttyS0', path: '/dev/ttyS0', usb: null }
    expect(wrongs(machine({ refused: ['/dev/ttyS0'] }), { devices: [board] })).toEqual([
      ['/dev/ttyS0 cannot be opened by an', 'sudo usermod -aG "$(stat -c %G /dev/ttyS0)" an'],
    ])
  })

  it('sets the udev rules up before it has any made for a device', () => {
    const user = { name: 'an', uid: 1000, groups: [] }
    const files = { '/etc/group': 'gate:x:990:\n', '/proc/77/comm': 'ModemManager\n' }
    const found = wrongs(machine({ files, refused: ['/dev/ttyUSB0'], system: { user } }))
    expect(found).toHaveLength(3)
    expect(new Set(found.map(([, cure]) => cure))).toEqual(new Set(['sudo usermod -aG gate an && newgrp gate']))
  })

  it('finds a ModemManager that was not told to ignore the port', () => {
    const running = { '/proc/77/comm': 'ModemManager\n', '/sys/class/tty/ttyUSB0/dev': '188:0\n' }
    expect(wrongs(machine({ files: running }))).toEqual([
      [
        expect.stringContaining('ModemManager may talk to /dev/ttyUSB0'),
        `echo 'ATTRS{idVendor}=="1a86", ATTRS{idProduct}=="7523", ENV{ID_MM_DEVICE_IGNORE}="1"' | sudo tee -a /etc/udev/rules.d/71-gate-kiosk-own.rules && ${reload}`,
      ],
    ])
    const told = { ...running, '/run/udev/data/c188:0': 'I:1\nE:ID_MM_DEVICE_IGNORE=1\n' }
    expect(wrongs(machine({ files: told }))).toEqual([])
  })

  it('finds a brltty that takes the converter for a Braille display, unless its rules are masked', () => {
    const grabbing = {
      '/sys/bus/usb/devices/1-4/idVendor': '1a86\n',
      '/sys/bus/usb/devices/1-4/idProduct': '7523\n',
      '/usr/lib/udev/rules.d/85-brltty.rules':
        '# ENV{PRODUCT}=="403/6001/*"\nENV{PRODUCT}=="1A86/7523/*", ATTRS{x}=="y"\n',
    }
    expect(wrongs(machine({ files: grabbing }))).toEqual([
      [
        expect.stringContaining('brltty takes 1a86:7523'),
        'sudo ln -sf /dev/null /etc/udev/rules.d/85-brltty.rules && sudo udevadm control --reload',
      ],
    ])
    expect(wrongs(machine({ files: { ...grabbing, '/etc/udev/rules.d/85-brltty.rules': '' } }))).toEqual([])
    expect(wrongs(machine({ files: { ...grabbing, '/sys/bus/usb/devices/1-4/idProduct': '5523\n' } }))).toEqual([])
    const ftdi = { '/sys/bus/usb/devices/1-4/idVendor': '0403\n', '/sys/bus/usb/devices/1-4/idProduct': '6001\n' }
    expect(wrongs(machine({ files: { ...grabbing, ...ftdi } }))).toEqual([])
    const all = { '/usr/lib/udev/rules.d/85-brltty.rules': 'ENV{PRODUCT}=="403/6001/*"' }
    expect(wrongs(machine({ files: { ...grabbing, ...ftdi, ...all } }))).toHaveLength(1)
  })

  it('finds the program that uses a port, unless it is the service of the data folder', () => {
    const locks = [
      `1: FLOCK  ADVISORY  WRITE 4711 00:05:${reader.id.length} 0 EOF`,
      `2: POSIX  ADVISORY  WRITE 4711 fe:00:${'/data/service.lock'.length} 1073741824 1073742335`,
    ].join('\n')
    const files = { '/proc/locks': locks, '/proc/4711/comm': 'minicom\n', '/data/service.lock': '' }
    expect(wrongs(machine({ files }))).toEqual([['/dev/ttyUSB0 is in use by minicom, process 4711', 'sudo kill 4711']])
    expect(wrongs(machine({ files }), { dir: '/data' })).toEqual([])
    const elsewhere = { ...files, '/proc/locks': locks.replace(/:\d+ 1073/, ':999 1073') }
    expect(wrongs(machine({ files: elsewhere }), { dir: '/data' })).toHaveLength(1)
  })

  it('finds the real program behind a real lock', async () => {
    const { path } = await openPty()
    const id = realpathSync(path)
    const device: Device = { kind: 'serial', id, path, usb: null }
    expect(checkBusy(thisSystem, device, undefined)).toEqual({ kind: 'good', what: `${id} is not in use` })
    const port = new SerialPort({ path, baudRate: 9600, autoOpen: false })
    await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())))
    onTestFinished(() => new Promise<void>((resolve) => port.close(() => resolve())))
    expect(checkBusy(thisSystem, device, undefined)).toMatchObject({ kind: 'wrong', cure: `sudo kill ${process.pid}` })
  })

  it('asks another system than Linux for what it has alone', () => {
    const windows = findAll(machine({ files: { '/etc/group': '' }, system: { platform: 'win32' } }), [reader], {
      rules,
      dir: undefined,
    })
    expect(windows.map(({ what }) => what)).toEqual(['Node 24.21.0', 'node-hid works', 'koffi works'])
  })

  it('quotes what it puts into a command line', () => {
    expect(['/data', "/o'neil data"].map(quoted)).toEqual(['/data', "'/o'\\''neil data'"])
  })
})
