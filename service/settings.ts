import { readFileSync } from 'node:fs'
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { type LaneSettings, Settings } from '../contract/settings.ts'

/**
 * A gate without a settings file: one lane, and every USB serial and HID POS reader that is plugged in, and the sound of
 * the PC. Readers that type are not among them: any keyboard of the PC would be taken away from its user.
 */
const builtIn: Settings = {
  lanes: [
    {
      id: 'lane-1',
      name: 'Cổng 1',
      direction: 'in',
      readers: [
        { id: 'usb', driver: 'serial', path: '*', baudRate: 9600, protocol: 'plain' },
        { id: 'hid', driver: 'hid-pos', path: '*' },
      ],
      outputs: [{ id: 'sound', driver: 'sound', volume: 0.5 }],
    },
  ],
}

/** Invented people, as the simulated reader shows them. */
const simulatedCodes = [
  '001090000001|010000001|Nguyễn Văn Mẫu|15011990|Nam|Số 1 phố Mẫu, Phúc Xá, Ba Đình, Hà Nội|01072021',
  '079185000002||Trần Thị Ví Dụ|20111985|Nữ|2/3 đường Thử, Phường 1, Quận 3, TP. Hồ Chí Minh|10082022',
  'https://example.com/menu',
  '048090000003|200000003|Lê Thử Nghiệm|02091990|Nam|Tổ 4, Hòa Cường, Đà Nẵng|04102024||||',
]

/** Reads a settings file (JSON with comments). A string says which member is wrong and what was expected. */
export function readSettings(path: string | undefined): Settings | string {
  if (path === undefined) return builtIn
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return `${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
  const errors: ParseError[] = []
  const value: unknown = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true })
  const [first] = errors
  if (first !== undefined)
    return `${path}: line ${lineOf(text, first.offset)}: not JSON: ${printParseErrorCode(first.error)}`
  const parsed = Settings.safeParse(value)
  if (parsed.success) return parsed.data
  return parsed.error.issues
    .map((issue) => `${path}: ${issue.path.join('.') || '(whole file)'}: ${issue.message}`)
    .join('\n')
}

/** The same settings with a simulated reader at the first lane. */
export function withSimulator(settings: Settings): Settings {
  const taken = new Set(settings.lanes.flatMap(({ readers }) => readers.map(({ id }) => id)))
  const id = taken.has('simulator') ? 'simulator-2' : 'simulator'
  const add = (lane: LaneSettings): LaneSettings => ({
    ...lane,
    readers: [...lane.readers, { id, driver: 'simulator', codes: simulatedCodes, everyMs: 4000 }],
  })
  return { ...settings, lanes: settings.lanes.map((lane, i) => (i === 0 ? add(lane) : lane)) }
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
