import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync, write, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * A USB device whose firmware is the kernel's gadget driver. `acm`: a serial port of the USB class, which the guest's
 * cdc_acm drives. `hid`: takes output and feature reports by SET_REPORT, has no interrupt endpoint for them, and answers
 * none that it is asked for; `descriptor` in hexadecimal digits, `reportBytes` of its input reports with their id.
 */
export type GadgetDescription = {
  readonly name: string
  readonly vendorId: number
  readonly productId: number
  readonly serialNumber: string
  readonly does:
    | { readonly kind: 'acm' }
    | { readonly kind: 'hid'; readonly descriptor: string; readonly reportBytes: number }
}

const gadgets = '/sys/kernel/config/usb_gadget'
const englishUs = 'strings/0x409'
const hex4 = (id: number) => `0x${id.toString(16).padStart(4, '0')}`
const writeAll = promisify(write)

/** A device on dummy_hcd, whose sockets are its controllers. Linux Documentation/usb/gadget_configfs.rst. */
export class UsbGadget {
  readonly #folder: string
  readonly #node: string
  #file: number | null = null

  /** `id`: letters and digits, not used before. */
  constructor(id: string, { name, vendorId, productId, serialNumber, does }: GadgetDescription) {
    this.#folder = join(gadgets, id)
    for (const part of ['', englishUs, 'configs/c.1']) mkdirSync(join(this.#folder, part))
    this.#set('idVendor', hex4(vendorId))
    this.#set('idProduct', hex4(productId))
    this.#set(`${englishUs}/serialnumber`, serialNumber)
    this.#set(`${englishUs}/product`, name)
    const part = `functions/${does.kind}.${id}`
    mkdirSync(join(this.#folder, part))
    if (does.kind === 'hid') {
      this.#set(`${part}/no_out_endpoint`, '1')
      this.#set(`${part}/report_length`, String(does.reportBytes))
      this.#set(`${part}/report_desc`, Buffer.from(does.descriptor, 'hex'))
    }
    symlinkSync(join(this.#folder, part), join(this.#folder, 'configs/c.1/part'))
    this.#node =
      does.kind === 'acm'
        ? `/dev/ttyGS${this.#get(`${part}/port_num`)}`
        : `/dev/hidg${this.#get(`${part}/dev`).split(':')[1]}`
  }

  /** `socket` counts from 0. */
  plug(socket: number) {
    this.#set('UDC', `dummy_udc.${socket}`)
    this.#file = openSync(this.#node, 'r+')
  }

  /** Settles when the device has it on its way; of a HID device when the computer has taken it. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.#file === null) throw new Error('expected a device that is plugged in')
    await writeAll(this.#file, bytes)
  }

  /** Pulls it out. What it had not yet sent is gone. */
  unplug() {
    if (this.#file === null) return
    this.#set('UDC', '\n')
    closeSync(this.#file)
    this.#file = null
  }

  #set(attribute: string, value: string | Uint8Array) {
    writeFileSync(join(this.#folder, attribute), value)
  }

  #get(attribute: string): string {
    return readFileSync(join(this.#folder, attribute), 'utf8').trim()
  }
}
