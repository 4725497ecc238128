import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Settings } from '../../contract/settings.ts'
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
      lanes: [{ ...lane, readers: [{ ...reader, baudRate: 9600 }], outputs: [] }],
    })
  })

  it('says for a reader of any driver how it sends', () => {
    const transport = { prefix: '<', suffix: ' >', codePage: 'gb18030' }
    const readers = [
      { ...reader, baudRate: 9600, ...transport },
      { id: 's', driver: 'simulator', codes: ['A'], everyMs: 4000, ...transport },
    ]
    expect(readValue({ lanes: [{ ...lane, readers }] })).toEqual({ lanes: [{ ...lane, readers, outputs: [] }] })
  })

  it('may hold comments, trailing commas and a byte order mark', () => {
    const text = `\uFEFF// the gate\n${JSON.stringify({ lanes: [lane] }).replace(/\]\}$/, ', /* last */]}')}`
    expect(readText(text)).toEqual(readValue({ lanes: [lane] }))
  })

  it('may be the example that is shipped', () => {
    const example = readSettings('resources/settings.example.jsonc')
    expect(Settings.safeParse(example).success).toBe(true)
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
    [{ lanes: [{ ...lane, outputs: [{}] }] }, /^FILE: lanes\.0\.outputs\.0: expected an empty list/],
    [
      { lanes: [{ ...lane, readers: [{ id: 'a', driver: 'hid' }] }] },
      /^FILE: lanes\.0\.readers\.0\.driver: .*'serial' \| 'simulator'/,
    ],
    [
      { lanes: [{ ...lane, readers: [{ id: 'a' }] }] },
      /^FILE: lanes\.0\.readers\.0\.driver: .*'serial' \| 'simulator'/,
    ],
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
  it('the gate has one lane that takes every USB serial reader', () => {
    const settings = readSettings(undefined)
    expect(Settings.parse(settings)).toEqual(settings)
    expect(settings).toMatchObject({ lanes: [{ direction: 'in', readers: [{ driver: 'serial', path: '*' }] }] })
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
