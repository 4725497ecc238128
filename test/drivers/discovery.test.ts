import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ReaderSettings } from '../../contract/settings.ts'
import { listDevices } from '../../drivers/discovery/index.ts'
import { linuxDevices } from '../../drivers/discovery/linux.ts'
import type { DeviceInfo } from '../../drivers/readers/driver.ts'
import { hidPos, hidPosThrough } from '../../drivers/readers/hid-pos/index.ts'
import { tempFolder } from '../support/folder.ts'
import { FakeHid } from '../support/hid.ts'
import { openPty } from '../support/pty.ts'

const usbHost = 'devices/pci0000:00/0000:00:14.0/usb1'

/** Writes a tree as sysfs has it: text and bytes are files, `-> path` is a link to that path of the tree. */
function sysfs(entries: Readonly<Record<string, string | Uint8Array>>): string {
  const root = tempFolder()
  for (const [path, content] of Object.entries(entries)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    const target = typeof content === 'string' ? /^-> (.*)$/.exec(content)?.[1] : undefined
    if (target === undefined) writeFileSync(file, content)
    else symlinkSync(join(root, target), file)
  }
  return root
}

const usb = (at: string, vendor: string, product: string, serial?: string) => ({
  [`${usbHost}/${at}/idVendor`]: `${vendor}\n`,
  [`${usbHost}/${at}/idProduct`]: `${product}\n`,
  ...(serial === undefined ? {} : { [`${usbHost}/${at}/serial`]: `${serial}\n` }),
})

/** CDC-ACM: the tty hangs directly on the interface. */
const acm = {
  ...usb('1-2/1-2.3', '1fbb', '3850', 'SN 0042'),
  [`${usbHost}/1-2/1-2.3/1-2.3:1.0/tty/ttyACM0/device`]: `-> ${usbHost}/1-2/1-2.3/1-2.3:1.0`,
  'class/tty/ttyACM0': `-> ${usbHost}/1-2/1-2.3/1-2.3:1.0/tty/ttyACM0`,
}

/** A converter: a usb-serial port lies between the interface and the tty. CH340 has no serial number. */
const converter = {
  ...usb('1-4', '1a86', '7523'),
  [`${usbHost}/1-4/1-4:1.0/ttyUSB0/tty/ttyUSB0/device`]: `-> ${usbHost}/1-4/1-4:1.0/ttyUSB0`,
  'class/tty/ttyUSB0': `-> ${usbHost}/1-4/1-4:1.0/ttyUSB0/tty/ttyUSB0`,
}

// Bar Code Scanner (8C:02) with report 2, then Keyboard (01:06) with report 1. By hand, after the HID specification.
const descriptor = Buffer.from('058c0902a1018502c00501 0906a1018501c0'.replace(' ', ''), 'hex')

const composite = `${usbHost}/1-1/1-1:1.0/0003:0C2E:0B8F.0001`
const hidReader = {
  ...usb('1-1', '0c2e', '0b8f', '15072B0001'),
  [`${composite}/uevent`]:
    'DRIVER=hid-generic\nHID_ID=0003:00000C2E:00000B8F\nHID_NAME=Honeywell Voyager 1400g\nHID_UNIQ=\n',
  [`${composite}/report_descriptor`]: descriptor,
  [`${composite}/hidraw/hidraw3/device`]: `-> ${composite}`,
  'class/hidraw/hidraw3': `-> ${composite}/hidraw/hidraw3`,
}

const typist = (event: string, name: string, keys: string) => ({
  [`${composite}/input/${event}/name`]: `${name}\n`,
  [`${composite}/input/${event}/capabilities/key`]: `${keys}\n`,
  [`${composite}/input/${event}/${event}/device`]: `-> ${composite}/input/${event}`,
  [`class/input/${event}`]: `-> ${composite}/input/${event}/${event}`,
})

const fullKeyboard = '1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe'

describe('discovery on Linux', () => {
  it('tells a reader at a serial port by the USB device that it hangs on, and its socket', async () => {
    expect(await linuxDevices(sysfs({ ...acm, ...converter }))).toEqual([
      {
        kind: 'serial',
        id: '/dev/ttyACM0',
        path: '/dev/ttyACM0',
        usb: { vendorId: '1fbb', productId: '3850', serialNumber: 'SN 0042', port: '1-2.3' },
      },
      {
        kind: 'serial',
        id: '/dev/ttyUSB0',
        path: '/dev/ttyUSB0',
        usb: { vendorId: '1a86', productId: '7523', serialNumber: null, port: '1-4' },
      },
    ])
  })

  it('leaves consoles and ports of the board alone', async () => {
    const board = 'devices/platform/serial8250'
    const tree = { [`${board}/tty/ttyS0/device`]: `-> ${board}`, 'class/tty/ttyS0': `-> ${board}/tty/ttyS0` }
    expect(await linuxDevices(sysfs({ ...tree, [`${board}/uevent`]: '' }))).toEqual([])
  })

  it('lists a HID device once for each of its uses, all of one id', async () => {
    const honeywell = { vendorId: '0c2e', productId: '0b8f', serialNumber: '15072B0001', port: '1-1' }
    const common = {
      kind: 'hid',
      id: '/dev/hidraw3',
      path: '/dev/hidraw3',
      usb: honeywell,
      name: 'Honeywell Voyager 1400g',
      descriptor,
    }
    expect(await linuxDevices(sysfs(hidReader))).toEqual([
      { ...common, usagePage: 0x8c, usage: 2 },
      { ...common, usagePage: 1, usage: 6 },
    ])
  })

  it.each([
    ['made by a program', 'devices/virtual/misc/uhid', '0003', {}],
    [
      'over Bluetooth, by the kernel',
      `${usbHost}/1-7/1-7:1.0/bluetooth/hci0/hci0:256`,
      '0005',
      usb('1-7', '8087', '0026'),
    ],
    ['over Bluetooth, by a program', 'devices/virtual/misc/uhid', '0005', {}],
  ])(
    'takes the identity of a HID device from its driver where it hangs on no USB socket: %s',
    async (_how, at, bus, radio) => {
      const dir = `${at}/${bus}:0C2E:0B8F.0002`
      const tree = {
        ...radio,
        [`${dir}/uevent`]: `DRIVER=hid-generic\nHID_ID=${bus}:00000C2E:00000B8F\nHID_NAME=Voyager\nHID_UNIQ=SN-1\n`,
        [`${dir}/report_descriptor`]: descriptor,
        [`${dir}/hidraw/hidraw0/device`]: `-> ${dir}`,
        'class/hidraw/hidraw0': `-> ${dir}/hidraw/hidraw0`,
        [`${dir}/input/input9/name`]: 'Voyager\n',
        [`${dir}/input/input9/capabilities/key`]: `${fullKeyboard}\n`,
        [`${dir}/input/input9/event9/device`]: `-> ${dir}/input/input9`,
        'class/input/event9': `-> ${dir}/input/input9/event9`,
      }
      const ids = { vendorId: '0c2e', productId: '0b8f' }
      const devices = await linuxDevices(sysfs(tree))
      const identity = { ...ids, serialNumber: 'SN-1', port: null }
      expect(devices.map((device) => 'usb' in device && device.usb)).toEqual([identity, identity, identity])
      const byUsb = ReaderSettings.parse({ id: 'r', driver: 'hid-pos', usb: ids })
      const found = devices.filter((device) => hidPos.matches(device, byUsb))
      expect(found).toMatchObject([{ kind: 'hid', path: '/dev/hidraw0' }])
      const device = found[0]
      if (device === undefined) return
      const hid = new FakeHid()
      await hidPosThrough(hid.open).open(device, byUsb, { reading: async () => {}, overlong: () => {}, lost: () => {} })
      expect(hid.features).toEqual([[254, 1]])
    },
  )

  it.each([
    ['on another bus', 'HID_ID=0018:000004F3:00002B7C\n'],
    ['with ids that USB cannot have', 'HID_ID=0003:00010C2E:00000B8F\n'],
    ['without ids', 'HID_NAME=Voyager\n'],
  ])('knows no identity of a HID device %s', async (_what, uevent) => {
    const dir = 'devices/platform/i2c/x.0001'
    const tree = {
      [`${dir}/uevent`]: uevent,
      [`${dir}/hidraw/hidraw0/device`]: `-> ${dir}`,
      'class/hidraw/hidraw0': `-> ${dir}/hidraw/hidraw0`,
    }
    expect(await linuxDevices(sysfs(tree))).toMatchObject([{ kind: 'hid', usb: null }])
  })

  it('knows a HID device on USB by its USB device, serial number and socket', async () => {
    const tree = { ...hidReader, [`${composite}/uevent`]: 'HID_ID=0003:0000046D:00004024\nHID_UNIQ=other\n' }
    const identity = { vendorId: '0c2e', productId: '0b8f', serialNumber: '15072B0001', port: '1-1' }
    expect(await linuxDevices(sysfs(tree))).toMatchObject([{ usb: identity }, { usb: identity }])
  })

  it('lists a HID device whose descriptor cannot be read', async () => {
    const { [`${composite}/report_descriptor`]: _, ...unreadable } = hidReader
    expect(await linuxDevices(sysfs(unreadable))).toMatchObject([{ usagePage: 0, usage: 0, descriptor: null }])
  })

  it('takes for a keyboard what has all the letters, and nothing else', async () => {
    const tree = {
      ...hidReader,
      ...typist('event4', 'Honeywell Voyager 1400g', fullKeyboard),
      ...typist('event5', 'Power Button', '10000000000000 0'),
      ...typist('event6', 'Mouse', '70000 0 0 0 0'),
      ...typist('event7', 'Keypad', '3803078f800d001 fc0000000000e000 0'),
      // The same keyboard as a kernel of 32 bits prints it.
      ...typist('event8', 'Narrow', '10000 7 ff9f207a c14057ff febeffdf ffefffff ffffffff fffffffe'),
      ...typist('event9', 'Nonsense', 'no bits'),
    }
    const keyboards = (await linuxDevices(sysfs(tree))).filter(({ kind }) => kind === 'keyboard')
    expect(keyboards).toMatchObject([
      { id: '/dev/input/event4', name: 'Honeywell Voyager 1400g', usb: { vendorId: '0c2e', port: '1-1' } },
      { id: '/dev/input/event8', name: 'Narrow' },
    ])
  })

  it('takes nothing for a keyboard that lacks a single letter', async () => {
    // KEY_Q to KEY_P, KEY_A to KEY_L and KEY_Z to KEY_M of linux/input-event-codes.h.
    const letters = [
      16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 30, 31, 32, 33, 34, 35, 36, 37, 38, 44, 45, 46, 47, 48, 49, 50,
    ]
    const bitmap = (codes: number[]) => codes.reduce((bits, code) => bits | (1n << BigInt(code)), 0n).toString(16)
    const lacking = letters.map((_, i) => typist(`event${i + 1}`, 'Lacking', bitmap(letters.toSpliced(i, 1))))
    const tree = Object.assign({ ...hidReader, ...typist('event0', 'Whole', bitmap(letters)) }, ...lacking)
    const keyboards = (await linuxDevices(sysfs(tree))).filter(({ kind }) => kind === 'keyboard')
    expect(keyboards).toMatchObject([{ name: 'Whole' }])
  })

  it('lists what is there when something is pulled out meanwhile, and nothing where there is no sysfs', async () => {
    const root = sysfs({ ...acm, ...converter })
    rmSync(join(root, usbHost, '1-4'), { recursive: true })
    expect((await linuxDevices(root)).map(({ id }) => id)).toEqual(['/dev/ttyACM0'])
    expect(await linuxDevices(join(tempFolder(), 'none'))).toEqual([])
  })
})

describe('what devices are listed for settings', () => {
  it('is a port that only the settings name, by that name, and only while it is there', async () => {
    const pty = await openPty()
    const reader = ReaderSettings.parse({ id: 'a', driver: 'serial', path: pty.path })
    const here = () =>
      listDevices([reader]).then((all) => all.filter((device) => 'path' in device && device.path === pty.path))
    expect(await here()).toEqual([
      { kind: 'serial', id: expect.stringMatching(/^\/dev\/pts\/\d+$/), path: pty.path, usb: null },
    ])
    await pty.unplug()
    expect(await here()).toEqual([])
  })

  it('is a device that the system lists, by the name that the settings have for it as well', async () => {
    const pty = await openPty()
    const id = realpathSync(pty.path)
    const usb = { vendorId: '1fbb', productId: '3850', serialNumber: null, port: '1-2' }
    const reader = ReaderSettings.parse({ id: 'a', driver: 'serial', path: pty.path })
    const listed: DeviceInfo = { kind: 'serial', id, path: id, usb }
    expect(await listDevices([reader], async () => [listed])).toEqual([listed, { ...listed, path: pty.path }])
    const byNode = ReaderSettings.parse({ id: 'a', driver: 'serial', path: id })
    expect(await listDevices([byNode], async () => [listed])).toEqual([listed])
  })

  it('is what needs no plug', async () => {
    const simulator = ReaderSettings.parse({ id: 's', driver: 'simulator', codes: ['A'] })
    const replay = ReaderSettings.parse({ id: 'r', driver: 'replay', file: '/tmp/x' })
    const tower = { id: 't', driver: 'patlite', host: 'tower', port: 10_000 } as const
    expect(await listDevices([simulator, replay, tower])).toEqual(
      expect.arrayContaining([
        { kind: 'simulator', id: 's' },
        { kind: 'replay', id: 'r', path: '/tmp/x' },
        { kind: 'network', id: 't' },
      ]),
    )
  })
})
