import { setTimeout as pause } from 'node:timers/promises'
import type { Machine } from './machine.ts'

/** usb-kbd hands over one event each 10 ms at best, keeps 16, and drops the rest (QEMU: hw/input/hid.c, hw/usb/dev-hid.c). */
const perEventMs = 15

/** QEMU's qapi/ui.json, QKeyCode; with shift for what stands behind the bar. */
const signs: Readonly<Record<string, string>> = {
  ...{ '\r': 'ret', ' ': 'spc', '-': 'minus', '/': 'slash', '.': 'dot', ',': 'comma', ':': 'shift|semicolon' },
  '|': 'shift|backslash',
}

/** QEMU's usb-kbd (0627:0001), which the guest's usbhid drives: a reader that types. */
export class Keyboard {
  readonly #machine: Machine
  readonly #id: string

  static async plug(machine: Machine, port: number): Promise<Keyboard> {
    const id = `keyboard${port}`
    await machine.qmp.ask('device_add', { driver: 'usb-kbd', id, bus: 'usb.0', port: String(port) })
    return new Keyboard(machine, id)
  }

  private constructor(machine: Machine, id: string) {
    this.#machine = machine
    this.#id = id
  }

  /**
   * ASCII alone, by the keys of a US keyboard; the reader does as if Caps Lock were off. Settles with the longest time
   * from one key to the next, in milliseconds.
   */
  async type(text: string): Promise<number> {
    let longestMs = 0
    for (const character of text) {
      const begun = performance.now()
      await this.#press(keysOf(character))
      longestMs = Math.max(longestMs, performance.now() - begun)
    }
    return longestMs
  }

  async capsLock(): Promise<void> {
    await this.#press(['caps_lock'])
  }

  async unplug(): Promise<void> {
    await this.#machine.qmp.deleteDevice(this.#id)
  }

  async #press(keys: readonly string[]): Promise<void> {
    const event = (down: boolean) => (data: string) => {
      return { type: 'key', data: { down, key: { type: 'qcode', data } } }
    }
    const events = [...keys.map(event(true)), ...keys.toReversed().map(event(false))]
    await this.#machine.qmp.ask('input-send-event', { events })
    await pause(perEventMs * events.length)
  }
}

function keysOf(character: string): string[] {
  if (/[A-Z]/.test(character)) return ['shift', character.toLowerCase()]
  return (signs[character] ?? character).split('|')
}
