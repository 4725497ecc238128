import { z } from 'zod'
import { LaneDirection } from './outcome.ts'

const Id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, 'expected 1 to 40 letters, digits, dots, dashes or underscores')

const Affix = z.string().regex(/^[ -~]{1,16}$/, 'expected 1 to 16 printable ASCII characters')

/** How a reader of any driver sends a code. */
const transport = {
  prefix: Affix.optional(),
  suffix: Affix.optional(),
  /** Of messages that are not UTF-8; `windows-1258` when left out. */
  codePage: z.enum(['windows-1258', 'windows-1252', 'shift_jis', 'big5', 'gb18030', 'euc-kr']).optional(),
}

const SerialReader = z.strictObject({
  id: Id,
  driver: z.literal('serial'),
  /** A device path, or `*` for every USB serial port that no other reader names. */
  path: z.string().min(1),
  baudRate: z.int().min(300).max(4_000_000).default(9600),
  ...transport,
})

const SimulatedReader = z.strictObject({
  id: Id,
  driver: z.literal('simulator'),
  /** The codes it shows, in turn, for ever. */
  codes: z.array(z.string()).min(1),
  everyMs: z.int().min(50).default(4000),
  ...transport,
})

export const ReaderSettings = z.discriminatedUnion('driver', [SerialReader, SimulatedReader])
export type ReaderSettings = z.infer<typeof ReaderSettings>

const LaneSettings = z.strictObject({
  id: Id,
  name: z.string().min(1).max(60),
  direction: LaneDirection,
  readers: z.array(ReaderSettings),
  outputs: z.array(z.never('expected an empty list: this version drives no outputs')).default([]),
})
export type LaneSettings = z.infer<typeof LaneSettings>

/** The settings file of one gate; `resources/settings.example.jsonc` explains every member. */
export const Settings = z.strictObject({ lanes: z.array(LaneSettings).min(1) }).superRefine(({ lanes }, context) => {
  const seen = new Set<string>()
  const unique = (id: string, path: (string | number)[]) => {
    if (seen.has(id))
      context.addIssue({ code: 'custom', path, message: `expected an id used once, "${id}" stands twice` })
    seen.add(id)
  }
  for (const [i, lane] of lanes.entries()) unique(lane.id, ['lanes', i, 'id'])
  for (const [i, lane] of lanes.entries()) {
    for (const [j, reader] of lane.readers.entries()) unique(reader.id, ['lanes', i, 'readers', j, 'id'])
  }
})
export type Settings = z.infer<typeof Settings>
