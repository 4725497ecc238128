import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReaderSettings } from '../../contract/settings.ts'
import { applications } from '../../drivers/discovery/applications.ts'
import { listDevices } from '../../drivers/discovery/index.ts'
import { linuxDevices } from '../../drivers/discovery/linux.ts'
import type { DeviceInfo } from '../../drivers/readers/driver.ts'
import { tempFolder } from '../support/folder.ts'
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

describe('the uses of a HID device', () => {
  it('are those of its application collections, not of the collections inside', () => {
    const nested = Buffer.from('05010902a1010901a100c0c0', 'hex')
    expect(applications(nested)).toEqual([{ usagePage: 1, usage: 2 }])
  })

  it('may be written in 32 bits with their page, or stand behind a long item', () => {
    expect(applications(Buffer.from('05010b02008c00a101c0', 'hex'))).toEqual([{ usagePage: 0x8c, usage: 2 }])
    expect(applications(Buffer.from('fe04000906a101058c0902a101c0', 'hex'))).toEqual([{ usagePage: 0x8c, usage: 2 }])
  })

  it('are few, however many the descriptor promises', () => {
    const many = Array.from({ length: 200 }, (_, usage) => [0x09, usage, 0xa1, 0x01, 0xc0])
    expect(applications(Uint8Array.from(many.flat()))).toHaveLength(16)
  })

  it('are those before what is cut off, and whatever the bytes are there is an answer', () => {
    expect(applications(Buffer.from('058c0902a101fe', 'hex'))).toEqual([{ usagePage: 0x8c, usage: 2 }])
    fc.assert(fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => applications(bytes).length <= 16))
  })
})
