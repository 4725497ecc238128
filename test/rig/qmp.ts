import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

type Message = { return?: unknown; error?: { desc: string }; event?: string; data?: { device?: string } }

/** QEMU's control socket: JSON lines, answers in the order of the questions, events in between. */
export class Qmp {
  readonly #socket: Socket
  readonly #asked: PromiseWithResolvers<unknown>[] = []
  readonly #deleted = new Map<string, () => void>()

  static async open(path: string): Promise<Qmp> {
    const socket = connect(path)
    await once(socket, 'connect')
    const qmp = new Qmp(socket)
    await qmp.ask('qmp_capabilities')
    return qmp
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    // An error is followed by `close`.
    const lines = createInterface({ input: socket }).on('error', () => {})
    lines.on('line', (line) => this.#take(JSON.parse(line)))
    socket.on('close', () => {
      for (const { reject } of this.#asked) reject(new Error('QEMU has ended'))
    })
  }

  ask(execute: string, args: object = {}): Promise<unknown> {
    const asked = Promise.withResolvers<unknown>()
    this.#asked.push(asked)
    this.#socket.write(`${JSON.stringify({ execute, arguments: args })}\n`)
    return asked.promise
  }

  /** Settles when the device is gone for good. */
  async deleteDevice(id: string): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#deleted.set(id, resolve))
    await this.ask('device_del', { id })
    await gone
    this.#deleted.delete(id)
  }

  close() {
    this.#socket.destroy()
  }

  #take(message: Message) {
    if (message.event === 'DEVICE_DELETED') this.#deleted.get(message.data?.device ?? '')?.()
    if (message.error !== undefined) this.#asked.shift()?.reject(new Error(message.error.desc))
    else if ('return' in message) this.#asked.shift()?.resolve(message.return)
  }
}
