import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { type Enrolment, enrol } from '../../sync/enrolment.ts'
import { parseEnrolmentCode } from '../../sync/enrolment-code.ts'
import { type Batch, DeviceRequest, SigningJwk } from '../../sync/protocol.ts'
import { DeviceDoor, type Token } from './device-door.ts'
import { policyPayload } from './policies.ts'
import { batchOf, Shelf } from './shelf.ts'

export type Route = 'devices' | 'policy' | 'visits' | 'health'

type Changed = { payload?: Record<string, unknown>; reply?: Record<string, unknown>; by?: 'stranger' }

/** How the platform answers, where it does not simply do what was asked. */
export type Scripted =
  | { kind: 'answer'; status: number; body?: string; headers?: Record<string, string> }
  /** Does what was asked, but signs a policy or receipt with other members or another key, or replies with others. */
  | ({ kind: 'changed' } & Changed)
  /** Never answers. */
  | { kind: 'hang' }
  /** Answers a byte now and then, and never ends. */
  | { kind: 'drip' }
  /** Does nothing and cuts the connection. */
  | { kind: 'cut' }
  /** Does what was asked and cuts the connection in the middle of the answer. */
  | { kind: 'lost' }
  /** Answers as it should when `until` resolves. */
  | { kind: 'late'; until: Promise<void> }

export type Received = {
  route: Route
  method: string
  target: string
  headers: IncomingMessage['headers']
  body: Buffer
  token: Token | null
  batch: Batch | null
}

type Reply = { status: number; body: string; headers?: Record<string, string> }

const json = (status: number, value: unknown): Reply => ({ status, body: JSON.stringify(value) })

/** A platform that verifies, stores and signs as it should, until it is told to answer otherwise. */
export class ScriptedPlatform {
  /** How far its clock is from the one of this machine. */
  skewMs = 0
  policy = policyPayload(1)
  url = ''
  /** Every request, in order. */
  readonly requests: Received[] = []
  readonly shelf = new Shelf()
  readonly #keys
  readonly #stranger
  readonly #door = new DeviceDoor(() => Date.now() + this.skewMs)
  readonly #server: Server
  readonly #script: { route: Route; scripted: Scripted }[] = []
  readonly #always = new Map<Route, (received: Received) => Scripted>()

  static async start(): Promise<ScriptedPlatform> {
    const platform = new ScriptedPlatform(await newKeys(), await newKeys())
    await platform.open(0)
    return platform
  }

  private constructor(keys: Keys, stranger: Keys) {
    this.#keys = keys
    this.#stranger = stranger
    this.#server = createServer((request, response) => this.#handle(request, response))
  }

  async open(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address() as AddressInfo
    this.url = `http://127.0.0.1:${address.port}`
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  /** Answers the next request to this route so; several queue up. */
  next(route: Route, ...scripted: Scripted[]): void {
    this.#script.push(...scripted.map((one) => ({ route, scripted: one })))
  }

  /** Answers every request to this route so, once nothing is queued for it. */
  always(route: Route, answer: (received: Received) => Scripted): void {
    this.#always.set(route, answer)
  }

  heal(): void {
    this.#always.clear()
    this.#script.length = 0
  }

  to(route: Route): Received[] {
    return this.requests.filter((request) => request.route === route)
  }

  /** `first` and `last` seq of every batch, in order. */
  batches(): [first: number, last: number][] {
    return this.to('visits').map(({ batch }) => [batch?.first ?? 0, batch?.visits.at(-1)?.seq ?? 0])
  }

  async code(): Promise<string> {
    const key = await calculateJwkThumbprint(this.#keys.publicJwk)
    return `gate-enrol:?url=${encodeURIComponent(this.url)}&token=one-time&key=${key}`
  }

  /** Enrols a gate the way a gate does. */
  async enrol(): Promise<Enrolment> {
    const code = parseEnrolmentCode(await this.code())
    if (typeof code === 'string') throw new Error(code)
    const result = await enrol(code, { name: 'Cổng A', software: { name: 'gate-kiosk', version: '0.0.0' } })
    if (result.kind !== 'enrolled') throw new Error(result.why)
    this.requests.length = 0
    return result.enrolment
  }

  sign(payload: unknown, by: 'platform' | 'stranger' = 'platform'): Promise<string> {
    const { privateKey } = by === 'stranger' ? this.#stranger : this.#keys
    return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'EdDSA' })
      .sign(privateKey)
  }

  async #handle(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return
    }
    const target = request.url ?? ''
    const route = routeOf(target)
    const method = request.method ?? ''
    const body = Buffer.concat(chunks)
    const token =
      route === 'devices' ? null : await this.#door.open(request.headers.authorization, method, target, body)
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const batch = route === 'visits' ? batchOf(plain) : null
    const received = { route, method, target, headers: request.headers, body, token, batch }
    this.requests.push(received)
    await this.#answer(received, plain, response)
  }

  #scripted(received: Received): Scripted | undefined {
    const at = this.#script.findIndex(({ route }) => route === received.route)
    return at >= 0 ? this.#script.splice(at, 1)[0]?.scripted : this.#always.get(received.route)?.(received)
  }

  async #answer(received: Received, plain: Buffer, response: ServerResponse) {
    const scripted = this.#scripted(received)
    switch (scripted?.kind) {
      case 'hang':
        return
      case 'cut':
        return response.socket?.destroy()
      case 'drip':
        return drip(response)
      case 'lost':
        return half(response, await this.#healthy(received, plain))
      case 'answer':
        return this.#send(response, {
          status: scripted.status,
          body: scripted.body ?? '',
          headers: scripted.headers ?? {},
        })
      case 'late':
        await scripted.until
        return this.#send(response, await this.#healthy(received, plain))
      case 'changed':
      case undefined:
        return this.#send(response, await this.#healthy(received, plain, scripted))
    }
  }

  #send(response: ServerResponse, { status, body, headers }: Reply) {
    response.setHeader('date', new Date(Date.now() + this.skewMs).toUTCString())
    response.writeHead(status, headers).end(body)
  }

  async #healthy(received: Received, plain: Buffer, changed: Changed = {}): Promise<Reply> {
    if (received.route === 'devices') return this.#device(DeviceRequest.parse(JSON.parse(plain.toString())), changed)
    if (received.token === null) return json(401, { code: 'unauthorized' })
    switch (received.route) {
      case 'policy':
        return this.#policy(received.headers['if-none-match'], changed)
      case 'visits':
        return this.#visits(received, changed)
      case 'health':
        return { status: 204, body: '' }
    }
  }

  #device({ publicKey, token }: DeviceRequest, { reply }: Changed): Reply {
    if (token !== 'one-time') return json(410, { code: 'gone' })
    const deviceId = this.#door.admit(publicKey, this.url)
    return json(201, { deviceId, audience: this.url, signingKey: this.#keys.publicJwk, ...reply })
  }

  async #policy(known: string | undefined, { payload, by }: Changed): Promise<Reply> {
    if (known === `"${this.policy['version']}"` && payload === undefined) return { status: 304, body: '' }
    return { status: 200, body: await this.sign({ ...this.policy, ...payload }, by) }
  }

  async #visits({ batch, token }: Received, { payload, reply, by }: Changed): Promise<Reply> {
    if (batch === null || token === null) return json(422, { code: 'invalid' })
    const stored = this.shelf.put(batch)
    if (stored.kind !== 'stored') return json(409, stored.refusal)
    const { acked, hash, rejected } = stored
    const at = new Date(Date.now() + this.skewMs).toISOString()
    const receipt = { device: token.device, log: batch.log, acked, hash, at, ...payload }
    return json(200, { acked: receipt.acked, rejected, receipt: await this.sign(receipt, by), ...reply })
  }
}

type Keys = Awaited<ReturnType<typeof newKeys>>

async function newKeys() {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  return { privateKey, publicJwk: SigningJwk.parse(await exportJWK(publicKey)) }
}

function routeOf(target: string): Route {
  const last = new URL(target, 'http://platform').pathname.split('/').at(-1)
  return last === 'policy' || last === 'visits' || last === 'health' ? last : 'devices'
}

function drip(response: ServerResponse) {
  response.writeHead(200)
  const timer = setInterval(() => response.write('x'), 5)
  response.on('close', () => clearInterval(timer))
}

function half(response: ServerResponse, { status, body }: Reply) {
  response.writeHead(status, { 'content-length': body.length + 1 })
  response.write(body, () => response.socket?.destroy())
}
