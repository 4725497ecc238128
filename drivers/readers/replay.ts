import { open } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { ReaderDriver, ReaderEvents } from './driver.ts'
import { type Framed, Framer } from './framing.ts'

/** A day at a busy gate is far below. */
const maxFileBytes = 16 * 2 ** 20
/** As the serial driver has it. */
const silenceMs = 120

const line = /^(\d{1,9})((?:\s+(?:[0-9a-f]{2})+)+)$/i

/** One packet of a recorded stream. `afterMs`: since the packet before. */
type Packet = { readonly afterMs: number; readonly bytes: Uint8Array }

/** Plays a recorded byte stream once, with its timing, and is silent from then on. */
export const replay: ReaderDriver = {
  name: 'replay',

  matches: (device, settings) => device.kind === 'replay' && settings.driver === 'replay' && device.id === settings.id,

  async open(_device, settings, on) {
    if (settings.driver !== 'replay') throw new TypeError('expected the settings of a replay')
    const recording = parseRecording(await readText(settings.file))
    if (typeof recording === 'string') throw new Error(`${settings.file}: ${recording}`)
    const closing = new AbortController()
    play(recording, new Framer(settings.prefix), on, closing.signal)
    return { close: async () => closing.abort() }
  },
}

/**
 * Reads a recorded stream: lines of milliseconds since the packet before and its bytes in hexadecimal, as in
 * `250 30 31 0d`; `#` begins a comment. A string says which line is wrong.
 */
export function parseRecording(text: string): Packet[] | string {
  const packets: Packet[] = []
  for (const [i, raw] of text.split('\n').entries()) {
    const content = raw.replace(/#.*/, '').trim()
    if (content === '') continue
    const [, afterMs, hex] = line.exec(content) ?? []
    if (afterMs === undefined || hex === undefined)
      return `line ${i + 1}: expected milliseconds and bytes in hexadecimal, as in "250 30 31 0d"`
    packets.push({ afterMs: Number(afterMs), bytes: Buffer.from(hex.replaceAll(/\s/g, ''), 'hex') })
  }
  return packets
}

async function readText(path: string): Promise<string> {
  await using file = await open(path)
  const status = await file.stat()
  if (!status.isFile()) throw new Error(`${path}: expected a file`)
  if (status.size > maxFileBytes) throw new Error(`${path}: expected at most ${maxFileBytes} bytes`)
  return file.readFile('utf8')
}

/** Settles when all was played, or a while after it was closed. It keeps no process alive. */
async function play(
  recording: readonly Packet[],
  framer: Framer,
  on: ReaderEvents,
  signal: AbortSignal,
): Promise<void> {
  /** False: it was closed meanwhile. */
  const waited = (ms: number) => pause(ms, true, { signal }).catch(() => false)
  const end: Packet = { afterMs: silenceMs, bytes: new Uint8Array() }
  for (const { afterMs, bytes } of [...recording, end]) {
    const silent = framer.begun && afterMs >= silenceMs ? silenceMs : 0
    if (!(await waited(silent))) return
    if (silent > 0) await tell(framer.silence(), on, signal)
    if (!(await waited(afterMs - silent))) return
    await tell(framer.push(bytes), on, signal)
  }
}

/** What comes while the readings before wait for their answers waits too: a recording has no hurry. */
async function tell(framed: readonly Framed[], on: ReaderEvents, signal: AbortSignal): Promise<void> {
  for (const item of framed) {
    if (signal.aborted) return
    if (item.kind === 'overlong') on.overlong()
    else await on.reading(item.bytes)
  }
}
