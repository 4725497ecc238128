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

const Hex4 = z.string().regex(/^[0-9a-f]{4}$/, 'expected 4 hexadecimal digits in lower case')

/**
 * A device by what USB says of it. `serialNumber` tells two of one make apart, and `port`, such as `1-2.3`, two that have
 * none: relay boards and readers share their chips, so vendor and product alone are never an identity.
 */
export const UsbDevice = z.strictObject({
  vendorId: Hex4,
  productId: Hex4,
  serialNumber: z.string().min(1).max(200).optional(),
  port: z.string().min(1).max(40).optional(),
})
export type UsbDevice = z.infer<typeof UsbDevice>

/** Where a device is: one of the two, or neither for one that gets its role by a test code. */
const place = {
  /** A device path, or `*` for every device of the driver's sort that no other reader names. */
  path: z.string().min(1).optional(),
  usb: UsbDevice.optional(),
}

export const SerialReader = z.strictObject({
  id: Id,
  driver: z.literal('serial'),
  ...place,
  baudRate: z.int().min(300).max(4_000_000).default(9600),
  /** How messages are told apart: by line ends and silence, or as the maker's own frames. */
  protocol: z.enum(['plain', 'honeywell-dechdr', 'zebra-ssi']).default('plain'),
  /** Whose commands make it beep and read; none when left out. */
  commands: z.enum(['honeywell', 'newland', 'datalogic', 'zebra-ssi', 'zkteco', 'cipherlab']).optional(),
  ...transport,
})
export type SerialReader = z.infer<typeof SerialReader>

/** USB HID POS (usage page 0x8C). */
const HidPosReader = z.strictObject({ id: Id, driver: z.literal('hid-pos'), ...place, ...transport })

/**
 * A reader that types. On Linux its device is taken from the desktop; where the settings name none, and on other systems,
 * the page takes every key. `*` is refused: the PC's own keyboard must not be taken away.
 */
const WedgeReader = z.strictObject({
  id: Id,
  driver: z.literal('wedge'),
  ...place,
  path: place.path.refine((path) => path !== '*', 'expected the path of one device: "*" would take every keyboard'),
  ...transport,
})

/** A camera of the PC that shows the page; by the name that the browser gives it, any when left out. */
const CameraReader = z.strictObject({
  id: Id,
  driver: z.literal('camera'),
  label: z.string().min(1).max(200).optional(),
})

const SimulatedReader = z.strictObject({
  id: Id,
  driver: z.literal('simulator'),
  /** The codes it shows, in turn, for ever. */
  codes: z.array(z.string()).min(1),
  everyMs: z.int().min(50).default(4000),
  ...transport,
})

/** A recorded byte stream, played again with its timing. */
const ReplayReader = z.strictObject({ id: Id, driver: z.literal('replay'), file: z.string().min(1), ...transport })

export const ReaderSettings = z.discriminatedUnion('driver', [
  SerialReader,
  HidPosReader,
  WedgeReader,
  CameraReader,
  SimulatedReader,
  ReplayReader,
])
export type ReaderSettings = z.infer<typeof ReaderSettings>

/** What opens a gate or lights a lamp is named: one of the two, and never any. */
const outputPlace = {
  path: z
    .string()
    .min(1)
    .refine((path) => path !== '*', 'expected the path of one device: an output never takes any')
    .optional(),
  usb: UsbDevice.optional(),
}

const isPlaced = (output: { path?: string | undefined; usb?: UsbDevice | undefined }) =>
  (output.path === undefined) !== (output.usb === undefined)
const placed = { error: 'expected either "path" or "usb"' }

/** The contact that is closed for a person on the way in, and on the way out; none for a direction that is left out. */
const channels = (count: number) => {
  const Channel = z.int().min(1).max(count).optional()
  return z
    .strictObject({ in: Channel, out: Channel })
    .refine((of) => of.in !== undefined || of.out !== undefined, 'expected a channel for "in", for "out", or for both')
    .default({ in: 1, out: 1 })
}

/**
 * A relay whose contact gives a turnstile or a lock the signal to let one person pass. The release in case of fire is
 * never the PC's: it is wired past the relay, so that it opens the gate whatever this program does.
 */
const relay = {
  ...outputPlace,
  channels: channels(8),
  /** How long the contact is closed for one passage. A turnstile takes what lasts 100 ms as one passage. */
  pulseMs: z.int().min(200).max(500).default(300),
}

/** LCUS-1, -2, -4 and -8: a serial port. */
const LcusRelay = z.strictObject({ id: Id, driver: z.literal('lcus'), ...relay }).refine(isPlaced, placed)

/** HW-667: a serial port. The board times the pulse itself, one second. */
const Hw667Relay = z
  .strictObject({ id: Id, driver: z.literal('hw667'), ...outputPlace, channels: channels(1) })
  .refine(isPlaced, placed)

/** HID, its name is `USBRelay` and a number. */
const UsbRelay = z.strictObject({ id: Id, driver: z.literal('usbrelay'), ...relay }).refine(isPlaced, placed)

/** HID, its name begins with `HIDRelay`. */
const HidRelay = z.strictObject({ id: Id, driver: z.literal('hidrelay'), ...relay }).refine(isPlaced, placed)

/** A QLight lamp tower at USB. */
const QlightTower = z.strictObject({ id: Id, driver: z.literal('qlight'), ...outputPlace }).refine(isPlaced, placed)

/** A Patlite lamp tower of the NH series in the network; it takes PNS commands at a TCP port. */
const PatliteTower = z.strictObject({
  id: Id,
  driver: z.literal('patlite'),
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535).default(10_000),
})

/** The beeper and the lamps of a reader of the same lane, by its id. */
const ReaderOutput = z.strictObject({ id: Id, driver: z.literal('reader'), reader: Id })

/** The sound of the PC that shows the page. */
const SoundOutput = z.strictObject({
  id: Id,
  driver: z.literal('sound'),
  volume: z.number().min(0).max(1).default(0.5),
})

export const OutputSettings = z.discriminatedUnion('driver', [
  LcusRelay,
  Hw667Relay,
  UsbRelay,
  HidRelay,
  QlightTower,
  PatliteTower,
  ReaderOutput,
  SoundOutput,
])
export type OutputSettings = z.infer<typeof OutputSettings>

const LaneSettings = z.strictObject({
  id: Id,
  name: z.string().min(1).max(60),
  direction: LaneDirection,
  readers: z.array(ReaderSettings),
  outputs: z.array(OutputSettings).default([]),
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
    for (const [j, output] of lane.outputs.entries()) {
      unique(output.id, ['lanes', i, 'outputs', j, 'id'])
      if (output.driver !== 'reader' || lane.readers.some(({ id }) => id === output.reader)) continue
      const message = `expected a reader of this lane, "${output.reader}" is none`
      context.addIssue({ code: 'custom', path: ['lanes', i, 'outputs', j, 'reader'], message })
    }
  }
})
export type Settings = z.infer<typeof Settings>
