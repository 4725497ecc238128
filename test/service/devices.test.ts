import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import decodeQR from 'qr/decode.js'
import { describe, expect, it } from 'vitest'
import { Settings } from '../../contract/settings.ts'
import type { DeviceInfo, UsbInfo } from '../../drivers/readers/driver.ts'
import { deviceText } from '../../service/commands/devices.ts'
import { describeDevices } from '../../service/device-rows.ts'
import { fileWith, tempFolder } from '../support/folder.ts'
import { run } from '../support/programs.ts'

const usb = (vendorId: string, productId: string, port: string, serialNumber: string | null = null): UsbInfo => ({
  vendorId,
  productId,
  serialNumber,
  port,
})
const port = (path: string, of: UsbInfo | null): DeviceInfo => ({ kind: 'serial', id: path, path, usb: of })
const hid = (path: string, of: UsbInfo, name: string, usagePage: number, usage: number): DeviceInfo => ({
  kind: 'hid',
  id: path,
  path,
  usb: of,
  name,
  usagePage,
  usage,
  descriptor: null,
})

const lanesOf = (readers: unknown[], outputs: unknown[] = []) =>
  Settings.parse({ lanes: [{ id: 'lane-1', name: 'Cổng 1', direction: 'in', readers, outputs }] }).lanes

const useOf = (device: DeviceInfo, lanes = lanesOf([])) => describeDevices([device], lanes, () => true)[0]?.use

describe('what is told of a device', () => {
  const ch340 = port('/dev/ttyUSB0', usb('1a86', '7523', '1-4'))

  it('is the reader or the output of the settings that has it', () => {
    const byUsb = { id: 'r', driver: 'serial', usb: { vendorId: '1a86', productId: '7523', port: '1-4' } }
    expect(useOf(ch340, lanesOf([byUsb]))).toEqual({ kind: 'used', driver: 'serial', by: 'r', lane: 'lane-1' })
    const relay = { id: 'gate', driver: 'lcus', path: '/dev/ttyUSB0' }
    const any = { id: 'any', driver: 'serial', path: '*' }
    expect(useOf(ch340, lanesOf([any], [relay]))).toMatchObject({ kind: 'used', driver: 'lcus', by: 'gate' })
    expect(useOf(ch340, lanesOf([any]))).toMatchObject({ kind: 'used', by: 'any' })
  })

  it('is that a reader has it by another of its names', () => {
    const named = { id: 'r', driver: 'serial', path: '/dev/serial/by-id/x' }
    const alias: DeviceInfo = { kind: 'serial', id: '/dev/ttyUSB0', path: '/dev/serial/by-id/x', usb: null }
    const rows = describeDevices([ch340, alias], lanesOf([named]), () => true)
    expect(rows).toMatchObject([{ path: '/dev/ttyUSB0', use: { kind: 'used', by: 'r' } }])
  })

  it('is what would take it, where nothing names it, and what to write', () => {
    expect(useOf(ch340)).toEqual({
      kind: 'free',
      drivers: ['serial', 'lcus', 'hw667'],
      place: { usb: { vendorId: '1a86', productId: '7523', port: '1-4' } },
    })
    const board = hid('/dev/hidraw0', usb('16c0', '05df', '1-1'), 'www.dcttech.com USBRelay2', 0xff00, 1)
    expect(useOf(board)).toMatchObject({ kind: 'free', drivers: ['usbrelay'] })
    expect(useOf(port('COM3', null))).toMatchObject({ kind: 'free', place: { path: 'COM3' } })
  })

  it('is why no driver takes it', () => {
    const mouse = hid('/dev/hidraw0', usb('046d', 'c077', '1-1'), 'Mouse', 1, 2)
    expect(useOf(mouse)).toMatchObject({ kind: 'unknown', why: expect.stringContaining('for 0x01:0x02 (usage page') })
    const typist = hid('/dev/hidraw1', usb('046d', 'c31c', '1-2'), 'Keyboard', 1, 6)
    expect(useOf(typist)).toMatchObject({ kind: 'unknown', why: expect.stringContaining('it types') })
    const lookalike = hid('/dev/hidraw2', usb('16c0', '05df', '1-3'), 'Toy', 0xff00, 1)
    expect(describeDevices([lookalike], lanesOf([]), () => true)).toMatchObject([
      { use: { kind: 'unknown' }, hint: expect.stringContaining('relay boards share') },
    ])
  })

  it('is all in a few lines, without what a device says to the terminal', () => {
    const device = hid('/dev/hidraw0', usb('16c0', '05df', '1-1', 'A\u001b[2J'), 'USBRelay2\u0007', 0xff00, 1)
    const [row] = describeDevices([device], lanesOf([]), () => false)
    expect(row === undefined ? '' : deviceText(row)).toBe(
      [
        'hid /dev/hidraw0 "USBRelay2"',
        '  16c0:05df, serial number A, socket 1-1',
        '  nothing names it; usbrelay would take it with "usb":{"vendorId":"16c0","productId":"05df","serialNumber":"A\\u001b[2J"}',
        '  ids that relay boards share with other devices: its name tells them apart',
        '  this user may not open it: see gate-kiosk doctor\n',
      ].join('\n'),
    )
  })
})

describe('gate-kiosk devices', () => {
  it('prints JSON that a program can read, and refuses wrong settings', async () => {
    const { status, stdout } = await run('service', ['devices', '--json'])
    expect([status, JSON.parse(stdout)]).toEqual([0, expect.any(Array)])
    const refused = await run('service', ['devices', '--settings', fileWith('{}')])
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('lanes')])
  })
})

describe('gate-kiosk roles', () => {
  const settings = () =>
    fileWith(
      JSON.stringify({
        lanes: [
          {
            id: 'lane-1',
            name: 'Cổng <1>',
            direction: 'in',
            readers: [
              { id: 'left', driver: 'serial' },
              { id: 'named', driver: 'serial', path: '/dev/ttyACM0' },
            ],
          },
        ],
      }),
    )

  it('shows the test code of each reader without a device as a QR code', async () => {
    const { status, stdout } = await run('service', ['roles', '--data', tempFolder(), '--settings', settings()])
    const [title, ...lines] = stdout.trimEnd().split('\n')
    expect([status, title]).toEqual([0, 'Cổng <1>: left, no device yet'])
    expect(decodeQR(pictureOf(lines))).toBe('gate-role:left')
  })

  it('writes a page that names the lanes', async () => {
    const page = join(tempFolder(), 'roles.html')
    const args = ['--data', tempFolder(), '--settings', settings(), '--page', page]
    expect(await run('service', ['roles', ...args])).toMatchObject({ status: 0, stdout: `${page}\n` })
    const html = readFileSync(page, 'utf8')
    expect(html).toContain('<h1>Cổng &#60;1&#62;</h1><p>left, no device yet</p><svg')
    expect(html.match(/<svg/g)).toHaveLength(1)
  })

  it('says when no reader waits for a code', async () => {
    const { status, stderr } = await run('service', ['roles', '--data', tempFolder()])
    expect([status, stderr]).toEqual([
      1,
      'gate-kiosk: no serial or hid-pos reader of these settings waits for a test code\n',
    ])
  })
})

/** The picture that a terminal shows: every module is two blanks on a background, 47 being white. */
function pictureOf(lines: readonly string[]) {
  const scale = 4
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what sets the background begins with one
  const rows = lines.map((line) => [...line.matchAll(/\u001b\[(?:1;)?(\d+)m {2}/g)].map(([, code]) => code === '47'))
  const width = (rows[0]?.length ?? 0) * scale
  const height = rows.length * scale
  const data = new Uint8Array(width * height * 4).fill(255)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isWhite = rows[Math.floor(y / scale)]?.[Math.floor(x / scale)] ?? true
      data.fill(isWhite ? 255 : 0, (y * width + x) * 4, (y * width + x) * 4 + 3)
    }
  }
  return { width, height, data }
}
