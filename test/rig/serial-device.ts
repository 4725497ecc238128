import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Machine } from './machine.ts'

let plugged = 0

/** What the gate wrote at once; `atMs`: a monotonic clock. */
export type Heard = { readonly atMs: number; readonly bytes: string }

const maxHeard = 10_000

/** A serial device at a USB socket of a machine: QEMU's FT232 (0403:6001), which the guest's ftdi_sio drives. */
export class SerialDevice {
  readonly #machine: Machine
  readonly #id: string
  readonly #cable: Socket
  /** The oldest `maxHeard` of what came from the guest, in hexadecimal digits. */
  readonly heard: Heard[] = []

  /** Settles when it is in the socket; the guest learns of it from then on. */
  static async plug(machine: Machine, port: number, serial: string): Promise<SerialDevice> {
    // A new line for each time: what an earlier reader had not yet sent is gone with it.
    const id = `device${plugged++}`
    const path = join(machine.dir, id)
    const addr = { type: 'unix', data: { path } }
    await machine.qmp.ask('chardev-add', {
      id,
      backend: { type: 'socket', data: { addr, server: true, wait: false } },
    })
    const cable = connect(path)
    await once(cable, 'connect')
    cable.on('error', () => {})
    const device = { driver: 'usb-serial', id, chardev: id, bus: 'usb.0', port: String(port), serial }
    await machine.qmp.ask('device_add', { ...device, 'always-plugged': true })
    return new SerialDevice(machine, id, cable)
  }

  private constructor(machine: Machine, id: string, cable: Socket) {
    this.#machine = machine
    this.#id = id
    this.#cable = cable
    cable.on('data', (bytes) => {
      if (this.heard.length < maxHeard) this.heard.push({ atMs: performance.now(), bytes: bytes.toString('hex') })
    })
  }

  /** Settles when the cable took it; a gate that does not read holds the reader back. False: the power is gone. */
  async send(text: string): Promise<boolean> {
    if (this.#cable.destroyed) return false
    return new Promise((resolve) => this.#cable.write(text, (error) => resolve(!error)))
  }

  /** Pulls it out, whatever it was sending. */
  async unplug(): Promise<void> {
    await this.#machine.qmp.deleteDevice(this.#id)
    this.#cable.destroy()
    await this.#machine.qmp.ask('chardev-remove', { id: this.#id })
  }
}
