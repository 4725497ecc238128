import { EventEmitter } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type HidDevice, hidPort, type OpenHid } from '../../drivers/hid-port.ts'

/** A HID device, plugged in at first. It stands in for node-hid alone: drivers open it through the real port. */
export class FakeHid {
  /** Every report that was written, in order, byte 0 being its id. */
  readonly written: number[][] = []
  /** Every feature report that was sent to it. */
  readonly features: number[][] = []
  readonly #open = new Set<Handle>()
  readonly #feature: (written: readonly number[][]) => Uint8Array
  #refusal: string | null = null

  /** `feature`: what it answers when a feature report is asked for, by all that was written to it. */
  constructor(feature: (written: readonly number[][]) => Uint8Array = () => new Uint8Array()) {
    this.#feature = feature
  }

  readonly open: OpenHid = async (path) => {
    if (this.#refusal !== null) throw new Error(`cannot open device with path ${path}`)
    const handle = new Handle({
      write: (report) => this.#keep(this.written, report),
      sendFeatureReport: (report) => this.#keep(this.features, report),
      getFeatureReport: async () => Buffer.from(this.#feature(this.written)),
      closed: () => void this.#open.delete(handle),
    })
    this.#open.add(handle)
    return hidPort(handle)
  }

  get isOpen(): boolean {
    return this.#open.size > 0
  }

  /** Who has not opened it does not get it. */
  send(report: Uint8Array) {
    for (const handle of this.#open) handle.tell('data', Buffer.from(report))
  }

  /** From now on it can neither be opened nor written to; null: it can again. */
  refuse(why: string | null) {
    this.#refusal = why
  }

  unplug() {
    this.refuse('Cannot write to hid device')
    for (const handle of this.#open) handle.tell('error', 'could not read from HID device')
  }

  plug() {
    this.refuse(null)
  }

  async #keep(list: number[][], report: Iterable<number>): Promise<number> {
    await nextTurn()
    if (this.#refusal !== null) throw new Error(this.#refusal)
    return list.push([...report])
  }
}

type Device = Pick<HidDevice, 'write' | 'sendFeatureReport' | 'getFeatureReport'> & { closed(): void }

/** As in node-hid nothing is read before somebody listens for data, and then a tick later; a closed one throws. */
class Handle extends EventEmitter implements HidDevice {
  readonly write: Device['write']
  readonly sendFeatureReport: Device['sendFeatureReport']
  readonly getFeatureReport: Device['getFeatureReport']
  readonly #closed: () => void
  #state: 'unread' | 'read' | 'closed' = 'unread'
  #waiting: (readonly ['data' | 'error', unknown])[] = []

  constructor({ write, sendFeatureReport, getFeatureReport, closed }: Device) {
    super()
    this.write = write
    this.sendFeatureReport = sendFeatureReport
    this.getFeatureReport = getFeatureReport
    this.#closed = closed
    this.on('newListener', (event) => {
      if (event === 'data') process.nextTick(() => this.#read())
    })
  }

  tell(event: 'data' | 'error', what: unknown) {
    if (this.#state === 'read') this.emit(event, what)
    else this.#waiting.push([event, what])
  }

  /** Until it settles, what has been read already goes on arriving. */
  async close() {
    if (this.#state === 'unread') this.#state = 'closed'
    await nextTurn()
    this.#state = 'closed'
    this.removeAllListeners()
    this.#closed()
  }

  #read() {
    if (this.#state === 'closed') throw new TypeError('device has been closed')
    this.#state = 'read'
    for (const [event, what] of this.#waiting.splice(0)) this.emit(event, what)
  }
}
