import { closeSync, openSync, read, writeSync } from 'node:fs'
import type { Heard } from './protocol.ts'

/**
 * `descriptor`: the HID report descriptor in hexadecimal digits. `isUsbRelay`: asked for a feature report it says which
 * contacts are closed, as USBRelay does; others answer with an error.
 */
export type UhidDescription = {
  readonly name: string
  readonly vendorId: number
  readonly productId: number
  readonly serialNumber: string
  readonly descriptor: string
  readonly isUsbRelay?: boolean
}

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
/** libusbrelay.c of https://github.com/darrylb123/usbrelay; a contact's number follows. */
const usbRelay = { close: 0xff, open: 0xfd } as const
const maxHeard = 1000
const mostBytes = 32

/** A HID device that the kernel of this machine takes for a plugged-in one. */
export class UhidDevice {
  readonly #file = openSync('/dev/uhid', 'r+')
  readonly #heard: Heard[] = []
  readonly #isUsbRelay: boolean
  /** Bit 0 for contact 1. */
  #closed = 0

  constructor(description: UhidDescription) {
    this.#isUsbRelay = description.isUsbRelay ?? false
    writeSync(this.#file, createEvent(description))
    this.#listen()
  }

  /** The oldest `maxHeard` of what was heard; the bytes begin with the report id. */
  get heard(): readonly Heard[] {
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
        if (this.#isUsbRelay) this.#reply(type.getReportReply, event, 0, usbRelayState(this.#closed))
        else this.#reply(type.getReportReply, event, eIo)
    }
  }

  #hear(kind: Heard['kind'], bytes: Buffer) {
    const atMs = performance.now()
    if (this.#heard.length < maxHeard)
      this.#heard.push({ kind, atMs, bytes: bytes.subarray(0, mostBytes).toString('hex') })
    const [, command, channel = 0] = bytes
    if (command === usbRelay.close) this.#closed |= 1 << (channel - 1)
    else if (command === usbRelay.open) this.#closed &= ~(1 << (channel - 1))
  }

  #reply(reply: number, { buffer, byteOffset }: Buffer, error: number, data: Uint8Array = new Uint8Array()) {
    // Of the answer to `setReport` the kernel takes no more than id and error.
    const event = Buffer.alloc(4 + 4 + 2 + 2 + data.length)
    event.writeUInt32LE(reply, 0)
    event.set(new Uint8Array(buffer, byteOffset + 4, 4), 4)
    event.writeUInt16LE(error, 8)
    event.writeUInt16LE(data.length, 10)
    event.set(data, 12)
    writeSync(this.#file, event)
  }
}

/** The 5 characters of its serial number, and in byte 7 its contacts. Source: as that of `usbRelay`. */
function usbRelayState(closed: number): Uint8Array {
  return Buffer.from([...Buffer.from('RIG-3'), 0, 0, closed])
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
