import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

export const faults = [
  /** The connection ends before the platform hears anything. */
  'drop',
  /** The connection is reset in the middle of the request. */
  'reset-request',
  /** The platform does what was asked, and nobody hears of it. */
  'lost',
  /** The connection is reset in the middle of the answer. */
  'reset-answer',
  /** The answer ends early, and its length says that this is all. */
  'truncate',
  'delay',
  /** The platform gets the request twice; the answer is the first one, or the second. */
  'duplicate',
  'duplicate-last',
  /** An answer of an earlier upload comes once more. */
  'replay',
  /** A gateway's error, before or after the platform did what was asked. */
  'error',
  'error-after',
  /** 429 or 503 with `Retry-After`. */
  'busy',
  'too-many',
  /** 200 and a page, with the time of somebody's own clock; or a redirect to it. */
  'portal',
  'redirect',
  'too-large',
] as const
export type Fault = (typeof faults)[number]

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer }

const page = Buffer.from('<html><title>Wi-Fi</title>Please sign in</html>')
const portalTime = 'Sat, 01 Jan 2011 00:00:00 GMT'

/** Stands between a gate and its platform, and treats each request as it is told; without orders it passes them on. */
export class FaultyProxy {
  /** What happens to the next requests, in order. */
  readonly orders: Fault[] = []
  requests = 0
  /** How many requests met each fault. */
  readonly met: Record<string, number> = {}
  readonly #upstream: URL
  readonly #agent = new Agent({ keepAlive: true })
  readonly #server = createServer((message, response) => this.#handle(message, response))
  #uploaded: Answer | null = null

  private constructor(upstream: string) {
    this.#upstream = new URL(upstream)
  }

  static async start(upstream: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(upstream)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  async stop(): Promise<void> {
    this.#agent.destroy()
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  /** Forgets orders and answers: another gate comes. */
  reset(): void {
    this.orders.length = 0
    this.#uploaded = null
  }

  async #handle(message: IncomingMessage, response: ServerResponse) {
    this.requests++
    const { socket } = message
    try {
      const chunks: Buffer[] = []
      for await (const chunk of message) chunks.push(chunk)
      await this.#obey(this.orders.shift() ?? null, { message, body: Buffer.concat(chunks), response, socket })
    } catch {
      // The gate or the platform hung up.
      socket.destroy()
    }
  }

  async #obey(fault: Fault | null, passing: Passing): Promise<unknown> {
    if (fault !== null) this.met[fault] = (this.met[fault] ?? 0) + 1
    const { message, response, socket } = passing
    switch (fault) {
      case 'drop':
        return socket.resetAndDestroy()
      case 'reset-request':
        await this.#half(passing)
        return socket.resetAndDestroy()
      case 'lost':
        await this.#forward(passing)
        return socket.resetAndDestroy()
      case 'reset-answer':
        return resetWithin(response, await this.#forward(passing))
      case 'truncate':
        return send(response, cut(await this.#forward(passing)))
      case 'delay':
        await setTimeout(3)
        return send(response, await this.#forward(passing))
      case 'duplicate': {
        const first = await this.#forward(passing)
        await this.#forward(passing)
        return send(response, first)
      }
      case 'duplicate-last':
        await this.#forward(passing)
        return send(response, await this.#forward(passing))
      case 'replay': {
        const earlier = this.#uploaded
        return send(response, (message.url?.endsWith('/visits') ? earlier : null) ?? (await this.#forward(passing)))
      }
      case 'error':
        return send(response, { status: 502, headers: {}, body: page })
      case 'error-after':
        await this.#forward(passing)
        return send(response, { status: 504, headers: {}, body: page })
      case 'busy':
        return send(response, { status: 503, headers: { 'retry-after': '7' }, body: Buffer.from('{"code":"busy"}') })
      case 'too-many':
        return send(response, { status: 429, headers: { 'retry-after': '120' }, body: page })
      case 'portal':
        return send(response, { status: 200, headers: { date: portalTime, 'content-type': 'text/html' }, body: page })
      case 'redirect':
        return send(response, { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: page })
      case 'too-large':
        return send(response, { status: 413, headers: {}, body: page })
      case null:
        return send(response, await this.#forward(passing))
    }
  }

  async #forward({ message, body }: Passing): Promise<Answer> {
    const outgoing = this.#request(message, body.length)
    outgoing.end(body)
    const [incoming]: IncomingMessage[] = await once(outgoing, 'response')
    const chunks: Buffer[] = []
    if (incoming !== undefined) for await (const chunk of incoming) chunks.push(chunk)
    const answer = { status: incoming?.statusCode ?? 0, headers: incoming?.headers ?? {}, body: Buffer.concat(chunks) }
    if (message.url?.endsWith('/visits') && answer.status === 200) this.#uploaded = answer
    return answer
  }

  /** Half of the request reaches the platform. */
  async #half({ message, body }: Passing) {
    const outgoing = this.#request(message, body.length)
    outgoing.on('error', () => {})
    outgoing.flushHeaders()
    const [socket]: Socket[] = outgoing.socket === null ? await once(outgoing, 'socket') : [outgoing.socket]
    if (socket?.connecting) await once(socket, 'connect')
    await new Promise<void>((resolve) => outgoing.write(body.subarray(0, body.length / 2), () => resolve()))
    socket?.resetAndDestroy()
  }

  #request({ method, url, headers }: IncomingMessage, length: number) {
    const { host: _host, connection: _connection, 'transfer-encoding': _encoding, ...rest } = headers
    const { hostname, port } = this.#upstream
    const sent = { ...rest, 'content-length': length }
    return request({ agent: this.#agent, hostname, port, method, path: url, headers: sent })
  }
}

type Passing = { message: IncomingMessage; body: Buffer; response: ServerResponse; socket: Socket }

function headersOf({ headers, body }: Answer, length = body.length) {
  const { connection: _connection, 'keep-alive': _keep, 'transfer-encoding': _encoding, ...rest } = headers
  return { ...rest, 'content-length': length }
}

function send(response: ServerResponse, answer: Answer) {
  const empty = answer.status === 204 || answer.status === 304
  const { 'content-length': length, ...rest } = headersOf(answer)
  response.writeHead(answer.status, empty ? rest : { ...rest, 'content-length': length }).end(answer.body)
}

function cut(answer: Answer): Answer {
  return { ...answer, body: answer.body.subarray(0, answer.body.length / 2) }
}

async function resetWithin(response: ServerResponse, answer: Answer) {
  response.writeHead(answer.status, headersOf(answer, answer.body.length + 1))
  await new Promise<void>((resolve) => response.write(answer.body.subarray(0, answer.body.length / 2), () => resolve()))
  response.socket?.resetAndDestroy()
}
