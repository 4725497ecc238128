import { closeSync, openSync, read, writeSync } from 'node:fs'

/** `descriptor`: the HID report descriptor in hexadecimal digits. */
export type UhidDescription = {
  readonly name: string
  readonly vendorId: number
  readonly productId: number
  readonly serialNumber: string
  readonly descriptor: string
}

/** What the kernel passed on to the device. `atMs`: the guest's monotonic clock; `bytes` begin with the report id. */
export type UhidHeard = { readonly kind: 'output' | 'feature'; readonly atMs: number; readonly bytes: string }

/** Linux include/uapi/linux/uhid.h. Every event is packed: u32 type, then the largest member of the union. */
const eventBytes = 4 + 4372
const type = {
  destroy: 1,
  stop: 3,
  output: 6,
  getReport: 9,
  getReportReply: 10,
  create2: 11,
  input2: 12,
  setReport: 13,
  setReportReply: 14,
} as const
const dataMax = 4096
const featureReport = 0
const busUsb = 3
const eIo = 5
const maxHeard = 1000

/** A HID device that the kernel of this machine takes for a plugged-in one. */
export class UhidDevice {
  readonly #file = openSync('/dev/uhid', 'r+')
  readonly #heard: UhidHeard[] = []

  static create(description: UhidDescription): UhidDevice {
    const device = new UhidDevice()
    writeSync(device.#file, createEvent(description))
    device.#listen()
    return device
  }

  /** The oldest `maxHeard` of what was heard. */
  get heard(): readonly UhidHeard[] {
    return this.#heard
  }

  input(report: Uint8Array) {
    const event = Buffer.alloc(4 + 2 + report.length)
    event.writeUInt32LE(type.input2, 0)
    event.writeUInt16LE(report.length, 4)
    event.set(report, 6)
    writeSync(this.#file, event)
  }

  /** Unplugs it. The kernel says `stop`, and then the file is closed. */
  destroy() {
    const event = Buffer.alloc(4)
    event.writeUInt32LE(type.destroy, 0)
    writeSync(this.#file, event)
  }

  #listen() {
    const event = Buffer.alloc(eventBytes)
    read(this.#file, event, 0, eventBytes, null, (error) => {
      if (error !== null || event.readUInt32LE(0) === type.stop) return closeSync(this.#file)
      this.#take(event)
      this.#listen()
    })
  }

  #take(event: Buffer) {
    switch (event.readUInt32LE(0)) {
      case type.output:
        this.#hear('output', event.subarray(4, 4 + event.readUInt16LE(4 + dataMax)))
        return
      case type.setReport: {
        const kind = event.readUInt8(9) === featureReport ? 'feature' : 'output'
        this.#hear(kind, event.subarray(12, 12 + event.readUInt16LE(10)))
        this.#reply(type.setReportReply, event, 0)
        return
      }
      case type.getReport:
        // Left without an answer, whoever asked would wait for 5 s.
        this.#reply(type.getReportReply, event, eIo)
    }
  }

  #hear(kind: UhidHeard['kind'], bytes: Buffer) {
    if (this.#heard.length < maxHeard) this.#heard.push({ kind, atMs: performance.now(), bytes: bytes.toString('hex') })
  }

  #reply(reply: number, { buffer, byteOffset }: Buffer, error: number) {
    const event = Buffer.alloc(4 + 4 + 2 + 2)
    event.writeUInt32LE(reply, 0)
    event.set(new Uint8Array(buffer, byteOffset + 4, 4), 4)
    event.writeUInt16LE(error, 8)
    writeSync(this.#file, event)
  }
}

/** `struct uhid_create2_req`. */
function createEvent({ name, vendorId, productId, serialNumber, descriptor }: UhidDescription): Buffer {
  const bytes = Buffer.from(descriptor, 'hex')
  const event = Buffer.alloc(4 + 128 + 64 + 64 + 20 + dataMax)
  event.writeUInt32LE(type.create2, 0)
  event.write(name, 4, 127)
  event.write(serialNumber, 4 + 128 + 64, 63)
  let at = event.writeUInt16LE(bytes.length, 4 + 256)
  at = event.writeUInt16LE(busUsb, at)
  for (const value of [vendorId, productId, 0x0100, 0]) at = event.writeUInt32LE(value, at)
  event.set(bytes, at)
  return event
}
