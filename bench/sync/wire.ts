import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Bytes of TCP payload. */
export type Traffic = { sent: number; received: number }

/** Stands between a gate and its platform and counts what goes each way, HTTP's own headers with it. */
export class Wire {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #traffic: Traffic = { sent: 0, received: 0 }

  private constructor(upstream: URL) {
    this.#server = createServer((gate) => this.#join(gate, connect(Number(upstream.port), upstream.hostname)))
  }

  static async to(url: string): Promise<Wire> {
    const wire = new Wire(new URL(url))
    wire.#server.listen(0, '127.0.0.1')
    await once(wire.#server, 'listening')
    return wire
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
    return `http://127.0.0.1:${address.port}`
  }

  /** What went over it so far. */
  traffic(): Traffic {
    return { ...this.#traffic }
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #join(gate: Socket, platform: Socket) {
    gate.on('data', ({ length }) => {
      this.#traffic.sent += length
    })
    platform.on('data', ({ length }) => {
      this.#traffic.received += length
    })
    for (const [from, to] of [
      [gate, platform],
      [platform, gate],
    ] as const) {
      this.#sockets.add(from)
      // An error is followed by the end of the connection, and that is passed on.
      from.on('error', () => {})
      from.once('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  }
}
