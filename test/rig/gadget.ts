import type { Machine } from './machine.ts'
import type { Heard } from './protocol.ts'
import type { GadgetDescription } from './usb-gadget.ts'

let made = 0

/** A USB device that the guest plays to itself, in one of the sockets of dummy_hcd: 0 to 3. */
export class Gadget {
  readonly #machine: Machine
  readonly #id: string
  readonly #serialNumber: string

  static async make(machine: Machine, device: GadgetDescription): Promise<Gadget> {
    const id = `gadget${made++}`
    await machine.ask({ kind: 'gadget-create', id, device })
    return new Gadget(machine, id, device.serialNumber)
  }

  private constructor(machine: Machine, id: string, serialNumber: string) {
    this.#machine = machine
    this.#id = id
    this.#serialNumber = serialNumber
  }

  async plug(socket: number): Promise<void> {
    await this.#machine.ask({ kind: 'gadget-plug', id: this.#id, socket })
  }

  /** Reports, or a serial device's bytes. */
  async send(...parts: readonly string[]): Promise<void> {
    await this.#machine.ask({ kind: 'gadget-send', id: this.#id, parts })
  }

  /** Is pulled out `afterMs` after it began to send this. */
  async tear(part: string, afterMs: number): Promise<void> {
    await this.#machine.ask({ kind: 'gadget-tear', id: this.#id, part, afterMs })
  }

  heard(atLeast: number, withinMs: number): Promise<readonly Heard[]> {
    return this.#machine.heard({ serialNumber: this.#serialNumber }, atLeast, withinMs)
  }

  async unplug(): Promise<void> {
    await this.#machine.ask({ kind: 'gadget-unplug', id: this.#id })
  }
}
