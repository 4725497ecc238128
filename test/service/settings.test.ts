import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ReaderSettings, Settings, UsbDevice } from '../../contract/settings.ts'
import { readSettings, withSimulator } from '../../service/settings.ts'
import { tempFolder } from '../support/folder.ts'

const reader = { id: 'usb', driver: 'serial', path: '/dev/ttyACM0' }
const lane = { id: 'lane-1', name: 'Cổng 1', direction: 'in', readers: [reader] }

/** What `readSettings` says of a file with this text, its path being `FILE`. */
function readText(text: string) {
  const path = join(tempFolder(), 'settings.jsonc')
  writeFileSync(path, text)
  const result = readSettings(path)
  return typeof result === 'string' ? result.replaceAll(path, 'FILE') : result
}

const readValue = (value: unknown) => readText(JSON.stringify(value))

describe('a settings file', () => {
  it('is read, and what is left out gets its default', () => {
    expect(readValue({ lanes: [lane] })).toEqual({
      lanes: [{ ...lane, readers: [{ ...reader, baudRate: 9600, protocol: 'plain' }], outputs: [] }],
    })
  })

  it('says for a reader of any driver how it sends', () => {
    const transport = { prefix: '<', suffix: ' >', codePage: 'gb18030' }
    const readers = [
      { ...reader, baudRate: 9600, protocol: 'plain', ...transport },
      { id: 'h', driver: 'hid-pos', path: '*', ...transport },
      { id: 'w', driver: 'wedge', path: '/dev/input/event7', ...transport },
      { id: 'r', driver: 'replay', file: 'tape.txt', ...transport },
      { id: 's', driver: 'simulator', codes: ['A'], everyMs: 4000, ...transport },
    ]
    expect(readValue({ lanes: [{ ...lane, readers }] })).toEqual({ lanes: [{ ...lane, readers, outputs: [] }] })
  })

  it('says where a reader is: at a path, by what USB says of it, or nowhere yet', () => {
    const usb = { vendorId: '0c2e', productId: '0cd4', serialNumber: 'A/1', port: '1-2.3' }
    const readers = [
      { id: 'a', driver: 'hid-pos', usb },
      { id: 'b', driver: 'hid-pos', usb: { vendorId: '0c2e', productId: '0cd4' } },
      { id: 'c', driver: 'wedge', usb },
      { id: 'd', driver: 'hid-pos' },
      { id: 'e', driver: 'camera' },
      { id: 'f', driver: 'camera', label: 'HD Webcam' },
    ]
    expect(readValue({ lanes: [{ ...lane, readers }] })).toEqual({ lanes: [{ ...lane, readers, outputs: [] }] })
  })

  it('names the protocol of a serial reader, and whose commands it takes', () => {
    for (const protocol of ['plain', 'honeywell-dechdr', 'zebra-ssi']) {
      for (const commands of ['honeywell', 'newland', 'datalogic', 'zebra-ssi', 'zkteco', 'cipherlab']) {
        const readers = [{ ...reader, baudRate: 9600, protocol, commands }]
        expect(readValue({ lanes: [{ ...lane, readers }] })).toEqual({ lanes: [{ ...lane, readers, outputs: [] }] })
      }
    }
  })

  it('may hold comments, trailing commas and a byte order mark', () => {
    const text = `\uFEFF// the gate\n${JSON.stringify({ lanes: [lane] }).replace(/\]\}$/, ', /* last */]}')}`
    expect(readText(text)).toEqual(readValue({ lanes: [lane] }))
  })

  it('may be the example that is shipped', () => {
    const example = readSettings('resources/settings.example.jsonc')
    expect(Settings.safeParse(example).success).toBe(true)
  })

  it('has every member of every reader explained in the example', () => {
    const text = readFileSync('resources/settings.example.jsonc', 'utf8')
    const members = ReaderSettings.options.flatMap(({ shape }) => [...Object.keys(shape), ...shape.driver.values])
    for (const member of [...members, ...Object.keys(UsbDevice.shape)]) expect(text).toContain(`"${member}"`)
  })

  it.each<[unknown, RegExp]>([
    [null, /^FILE: \(whole file\): .*expected object/],
    [{}, /^FILE: lanes: .*expected array/],
    [{ lanes: [] }, /^FILE: lanes: .*>=1/],
    [{ lanes: [lane], gates: [] }, /^FILE: \(whole file\): Unrecognized key: "gates"/],
    [{ lanes: [{ ...lane, direction: 'up' }] }, /^FILE: lanes\.0\.direction: .*"in"\|"out"\|"both"/],
    [{ lanes: [{ ...lane, id: 'lane 1' }] }, /^FILE: lanes\.0\.id: expected 1 to 40 letters/],
    [{ lanes: [{ ...lane, name: '' }] }, /^FILE: lanes\.0\.name: .*>=1/],
    [{ lanes: [{ ...lane, colour: 1 }] }, /^FILE: lanes\.0: Unrecognized key: "colour"/],
    [{ lanes: [{ ...lane, outputs: [{}] }] }, /^FILE: lanes\.0\.outputs\.0\.driver: .*'lcus'/],
    [
      { lanes: [{ ...lane, readers: [{ id: 'a', driver: 'hid' }] }] },
      /^FILE: lanes\.0\.readers\.0\.driver: .*'serial' \| 'hid-pos' \| 'wedge'/,
    ],
    [
      { lanes: [{ ...lane, readers: [{ id: 'a' }] }] },
      /^FILE: lanes\.0\.readers\.0\.driver: .*'serial' \| 'hid-pos' \| 'wedge'/,
    ],
    ...(
      [
        ['protocol', 'ssi', /"plain"\|"honeywell-dechdr"\|"zebra-ssi"/],
        ['commands', 'Honeywell', /"honeywell"\|"newland"/],
        ['usb.vendorId', { vendorId: '0C2E', productId: '0001' }, /expected 4 hexadecimal digits in lower case/],
        ['usb.productId', { vendorId: '0c2e' }, /expected string/],
      ] as const
    ).map(([member, value, why]): [unknown, RegExp] => [
      { lanes: [{ ...lane, readers: [{ ...reader, [member.split('.')[0] ?? '']: value }] }] },
      new RegExp(`^FILE: lanes\\.0\\.readers\\.0\\.${member}: .*${why.source}`),
    ]),
    [{ lanes: [{ ...lane, readers: [{ ...reader, path: '' }] }] }, /^FILE: lanes\.0\.readers\.0\.path: .*>=1/],
    [
      { lanes: [{ ...lane, readers: [{ ...reader, baudRate: '9600' }] }] },
      /^FILE: lanes\.0\.readers\.0\.baudRate: .*expected number/,
    ],
    [
      { lanes: [{ ...lane, readers: [{ ...reader, baudRate: 299 }] }] },
      /^FILE: lanes\.0\.readers\.0\.baudRate: .*>=300/,
    ],
    ...['', '\r', 'ế', '0123456789abcdefg'].map((prefix): [unknown, RegExp] => [
      { lanes: [{ ...lane, readers: [{ ...reader, prefix }] }] },
      /^FILE: lanes\.0\.readers\.0\.prefix: expected 1 to 16 printable ASCII characters/,
    ]),
    [
      { lanes: [{ ...lane, readers: [{ ...reader, codePage: 'utf-16' }] }] },
      /^FILE: lanes\.0\.readers\.0\.codePage: .*"windows-1258"\|"windows-1252"\|"shift_jis"/,
    ],
    [
      { lanes: [{ ...lane, readers: [{ id: 's', driver: 'simulator', codes: [] }] }] },
      /^FILE: lanes\.0\.readers\.0\.codes: .*>=1/,
    ],
  ])('is refused with the member and what was expected: %j', (value, why) => {
    expect(readValue(value)).toMatch(why)
  })

  it('names every wrong member, one a line', () => {
    const wrong = { lanes: [{ ...lane, id: '', name: 7 }] }
    expect(String(readValue(wrong)).split('\n')).toEqual([
      expect.stringMatching(/^FILE: lanes\.0\.id: /),
      expect.stringMatching(/^FILE: lanes\.0\.name: /),
    ])
  })

  it('is refused where an id stands twice', () => {
    const twice = 'expected an id used once'
    expect(readValue({ lanes: [lane, { ...lane, readers: [] }] })).toBe(
      `FILE: lanes.1.id: ${twice}, "lane-1" stands twice`,
    )
    expect(readValue({ lanes: [lane, { ...lane, id: 'lane-2' }] })).toBe(
      `FILE: lanes.1.readers.0.id: ${twice}, "usb" stands twice`,
    )
    expect(readValue({ lanes: [{ ...lane, readers: [reader, reader] }] })).toBe(
      `FILE: lanes.0.readers.1.id: ${twice}, "usb" stands twice`,
    )
  })

  it.each([
    ['{\n"lanes": [\n{,}\n]}', 'FILE: line 3: not JSON: '],
    ['', 'FILE: line 1: not JSON: '],
    ['{"lanes": []', 'FILE: line 1: not JSON: '],
    ['# no', 'FILE: line 1: not JSON: '],
  ])('is refused with the line where it is no JSON: %j', (text, why) => {
    const result = String(readText(text))
    expect(result.slice(0, why.length)).toBe(why)
    expect(result.length).toBeGreaterThan(why.length)
  })

  it('is refused with the reason where it cannot be read', () => {
    const dir = tempFolder()
    expect(readSettings(join(dir, 'none.jsonc'))).toMatch(/none\.jsonc: cannot be read: ENOENT/)
    expect(readSettings(dir)).toMatch(/cannot be read: EISDIR/)
  })
})

describe('without a settings file', () => {
  const any = (driver: string) => ({ driver, path: '*' })

  it('the gate has one lane that takes every USB serial and HID POS reader, and no keyboard', () => {
    const settings = readSettings(undefined)
    expect(Settings.parse(settings)).toEqual(settings)
    expect(settings).toMatchObject({ lanes: [{ direction: 'in', readers: [any('serial'), any('hid-pos')] }] })
  })

  it('the simulator joins the first lane and changes nothing else', () => {
    const given = Settings.parse({ lanes: [lane, { ...lane, id: 'lane-2', readers: [] }] })
    const simulated = withSimulator(given)
    expect(Settings.parse(simulated)).toEqual(simulated)
    expect(simulated.lanes.map(({ readers }) => readers.map(({ driver }) => driver))).toEqual([
      ['serial', 'simulator'],
      [],
    ])
    expect(given.lanes[0]?.readers).toHaveLength(1)
  })
})
