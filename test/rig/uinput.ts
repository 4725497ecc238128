import { closeSync, openSync, writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import koffi from 'koffi'

/** Linux include/uapi/linux/uinput.h, and input-event-codes.h for types and keys. */
const request = { create: 0x5501, destroy: 0x5502, setup: 0x405c5503, setEventBit: 0x40045564, setKeyBit: 0x40045565 }
const synReport = { type: 0, code: 0, value: 0 }
const evKey = 1
const busVirtual = 6
const capsLock = 58
const leftShift = 42
const lastKey = 127
/** From a key on, what neighbouring keys type on a US keyboard. */
const rows: readonly (readonly [number, string])[] = [
  [2, '1234567890-='],
  [16, 'qwertyuiop[]\r'],
  [30, "asdfghjkl;'`"],
  [43, '\\zxcvbnm,./'],
  [57, ' '],
]
const withShift: Readonly<Record<string, string>> = { '|': '\\', ':': ';' }
/** A full-speed keyboard of USB is asked for a report every 8 ms. */
const perReportMs = 8

type Key = { readonly code: number; readonly value: 0 | 1 }

/** A keyboard that the kernel of this machine takes for one, at no bus. */
export class UinputKeyboard {
  readonly #file = openSync('/dev/uinput', 'w')
  // What this program is linked to, hence the C library.
  readonly #ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, ...)')

  constructor(name: string) {
    this.#tell(request.setEventBit, 'int', evKey)
    for (let key = 1; key <= lastKey; key++) this.#tell(request.setKeyBit, 'int', key)
    // struct uinput_setup: bus, vendor, product, version, the name in 80 bytes, and a number for force feedback.
    const setup = Buffer.alloc(8 + 80 + 4)
    setup.writeUInt16LE(busVirtual, 0)
    setup.write(name, 8, 79)
    this.#tell(request.setup, 'void *', setup)
    this.#tell(request.create, 'int', 0)
  }

  /**
   * ASCII alone, by the keys of a US keyboard, as a reader does that takes Caps Lock for off. Settles with the longest
   * time from one key to the next, in milliseconds.
   */
  async type(text: string): Promise<number> {
    let longestMs = 0
    for (const character of text) {
      const begun = performance.now()
      const isShifted = /[A-Z]/.test(character) || character in withShift
      const key = keyOf(withShift[character] ?? character.toLowerCase())
      await this.#press(isShifted ? [leftShift, key] : [key])
      longestMs = Math.max(longestMs, performance.now() - begun)
    }
    return longestMs
  }

  capsLock(): Promise<void> {
    return this.#press([capsLock])
  }

  destroy() {
    this.#tell(request.destroy, 'int', 0)
    closeSync(this.#file)
  }

  async #press(codes: readonly number[]): Promise<void> {
    await this.#report(codes.map((code) => ({ code, value: 1 })))
    await this.#report(codes.toReversed().map((code) => ({ code, value: 0 })))
  }

  async #report(keys: readonly Key[]): Promise<void> {
    for (const event of [...keys.map((key) => ({ type: evKey, ...key })), synReport]) {
      // struct input_event; the kernel sets its time.
      const bytes = Buffer.alloc(24)
      bytes.writeUInt16LE(event.type, 16)
      bytes.writeUInt16LE(event.code, 18)
      bytes.writeInt32LE(event.value, 20)
      writeSync(this.#file, bytes)
    }
    await pause(perReportMs)
  }

  #tell(number: number, type: 'int' | 'void *', value: number | Buffer) {
    if (this.#ioctl(this.#file, number, type, value) !== 0) throw new Error(`uinput: errno ${koffi.errno()}`)
  }
}

function keyOf(character: string): number {
  for (const [first, keys] of rows) {
    const at = keys.indexOf(character)
    if (at >= 0) return first + at
  }
  throw new Error(`expected what a US keyboard types without Shift, got ${JSON.stringify(character)}`)
}
