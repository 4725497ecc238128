import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Heard } from './protocol.ts'

const everyBus = '/sys/kernel/debug/usb/usbmon/0u'
const devices = '/sys/bus/usb/devices'
/** usbmon counts microseconds and begins anew after this many. */
const turnUs = 4096_000_000
const maxHeard = 10_000

/**
 * Linux Documentation/usb/usbmon.rst: tag, time, S for a transfer that is handed to the controller, its type, `o` for
 * out, bus, device and endpoint, then the request of a control transfer or the status, the length, and the bytes.
 * Of control transfers SET_REPORT alone is of interest (HID 1.11, section 7.2.2): 21 09, kind of report, its id.
 */
const submitted =
  /^(\w+) (\d+) S [BIC]o:(\d+):(\d+):\d+ (?:s 21 09 (0[23])\w\w \w{4} \w{4}|-\d+(?::\d+)*) \d+ = ([0-9a-f ]+)$/
/** C: it is over; status 0 means that the device has taken it. */
const taken = /^(\w+) (\d+) C [BIC]o:\d+:\d+:\d+ 0[: ]/

type Transfer = Heard & { readonly address: string; isTaken: boolean }

/** What goes to the USB devices of this machine, with the time of its kernel, as usbmon tells it. */
export class UsbWire {
  readonly #transfers: Transfer[] = []
  readonly #pending = new Map<string, Transfer>()
  #turns = 0
  #lastUs = 0

  /** Listens from now on, for as long as the process lives. */
  constructor() {
    createInterface({ input: createReadStream(everyBus) }).on('line', (line) => this.#take(line))
  }

  /** What the device with this serial number, which is plugged in, has taken; of all devices the oldest `maxHeard`. */
  heardBy(serialNumber: string): Heard[] {
    const address = addressOf(serialNumber)
    const own = this.#transfers.filter((transfer) => transfer.address === address && transfer.isTaken)
    return own.map(({ kind, atMs, bytes }) => ({ kind, atMs, bytes }))
  }

  #take(line: string) {
    const [, tag = '', us, bus, device, report, bytes] = submitted.exec(line) ?? []
    if (us !== undefined && bytes !== undefined && this.#transfers.length < maxHeard) {
      const kind = report === '03' ? 'feature' : 'output'
      const address = `${Number(bus)}:${Number(device)}`
      const transfer = {
        kind,
        atMs: this.#clock(Number(us)),
        bytes: bytes.replaceAll(' ', ''),
        address,
        isTaken: false,
      } as const
      this.#pending.set(tag, transfer)
      this.#transfers.push(transfer)
      return
    }
    const done = taken.exec(line)?.[1] ?? ''
    const transfer = this.#pending.get(done)
    if (transfer !== undefined) transfer.isTaken = true
    this.#pending.delete(done)
  }

  #clock(us: number): number {
    if (us < this.#lastUs) this.#turns++
    this.#lastUs = us
    return (this.#turns * turnUs + us) / 1000
  }
}

/** Bus and device number. */
function addressOf(serialNumber: string): string | null {
  const read = (device: string, attribute: string) => {
    try {
      return readFileSync(join(devices, device, attribute), 'utf8').trim()
    } catch {
      // It has no such attribute, or was pulled out just now.
      return ''
    }
  }
  const found = readdirSync(devices).find((device) => read(device, 'serial') === serialNumber)
  return found === undefined ? null : `${read(found, 'busnum')}:${read(found, 'devnum')}`
}
