import { type HidPort, type OpenHid, openHid } from '../../hid-port.ts'
import type { OpenReader, ReaderDriver, ReaderEvents, ReaderSignal } from '../driver.ts'
import type { Framed } from '../framing.ts'
import { isAt } from '../place.ts'
import { Assembler } from './assembler.ts'
import { parseDescriptor } from './descriptor.ts'
import { isHoneywell, layoutsOf } from './layouts.ts'
import { signalReports } from './signals.ts'

/** Readers send a report every 1 to 10 ms; only what does not say where it ends is ended by silence. */
const silenceMs = 150
/** Silence is counted in turns: while the program itself is busy no report is heard, and that is not silence. */
const silenceTurns = 5
/**
 * With this many unanswered messages further ones are dropped whole. The port is never paused: of what nobody reads the
 * system keeps 64 reports (Linux: HIDRAW_BUFFER_SIZE of linux/hidraw.h; Windows: as hidapi asks for) and loses single ones
 * beyond that without a word, so that the parts of two codes would be joined.
 */
const maxWaiting = 64

/** Output redirection: until it gets this, a reader in another mode than HID POS goes on sending there. */
const redirectToHid = Uint8Array.of(254, 1)

/** USB HID POS readers: HID Point of Sale Usage Tables 1.02, Bar Code Scanner. */
export const hidPos = hidPosThrough(openHid)

export function hidPosThrough(openPort: OpenHid): ReaderDriver {
  return {
    name: 'hid-pos',

    matches(device, settings) {
      if (device.kind !== 'hid' || settings.driver !== 'hid-pos') return false
      return device.usagePage === 0x8c && device.usage === 2 && isAt(device, settings)
    },

    async open(device, _settings, on) {
      if (device.kind !== 'hid') throw new TypeError('expected a HID device')
      const fields = device.descriptor === null ? [] : parseDescriptor(device.descriptor)
      const port = await openPort(device.path)
      if (isHoneywell(device.usb)) await redirect(port)
      const assembler = new Assembler(layoutsOf(fields, device.usb))
      return new HidPosReader(port, assembler, signalReports(fields, device.usb), on)
    },
  }
}

/** NielsLeenheer/WebHidBarcodeScanner does so with 0c2e and 23d0. [documentation only] */
async function redirect(port: HidPort) {
  try {
    await port.sendFeatureReport(redirectToHid)
  } catch (error) {
    await port.close()
    throw error
  }
}

class HidPosReader implements OpenReader {
  readonly signal?: (signal: ReaderSignal) => Promise<void>
  readonly #port: HidPort
  readonly #assembler: Assembler
  readonly #on: ReaderEvents
  #waiting = 0
  #isDropping = false
  #silence: NodeJS.Timeout | undefined

  constructor(port: HidPort, assembler: Assembler, signals: ReadonlyMap<ReaderSignal, Uint8Array>, on: ReaderEvents) {
    this.#port = port
    this.#assembler = assembler
    this.#on = on
    if (signals.size > 0) this.signal = (signal) => this.#write(signals.get(signal))
    port.listen({ report: (bytes) => this.#take(bytes), lost: (why) => this.#lost(why) })
  }

  close(): Promise<void> {
    // A message that had begun is dropped with the assembler: a torn code must not become a reading.
    clearTimeout(this.#silence)
    return this.#port.close()
  }

  async #write(report: Uint8Array | undefined) {
    if (report === undefined) return
    // A reader that is gone says so by itself, and one that does not beep goes on reading.
    await this.#port.write(report).catch(() => {})
  }

  #take(report: Uint8Array) {
    this.#emit(this.#assembler.push(report))
    this.#listen()
  }

  #emit(framed: Framed | null) {
    if (framed === null) return
    if (framed.kind === 'overlong') return this.#on.overlong()
    if (this.#waiting >= maxWaiting) return this.#drop()
    this.#isDropping = false
    this.#waiting++
    this.#on.reading(framed.bytes).finally(() => this.#waiting--)
  }

  #drop() {
    if (!this.#isDropping) this.#on.overlong()
    this.#isDropping = true
  }

  #listen(silentTurns = 0) {
    clearTimeout(this.#silence)
    if (!this.#assembler.begun) return
    this.#silence = setTimeout(() => {
      if (silentTurns + 1 < silenceTurns) this.#listen(silentTurns + 1)
      else this.#emit(this.#assembler.silence())
    }, silenceMs / silenceTurns)
  }

  #lost(why: string) {
    this.close()
    this.#on.lost(why)
  }
}
