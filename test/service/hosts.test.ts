import { EventEmitter } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { MessageChannel } from 'node:worker_threads'
import { createORPCClient, ORPCError } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { State } from '../../contract/state.ts'
import { type Client, type Connection, follow, portTransport, socketTransport } from '../../renderer/connection.ts'
import { type BrowserHost, hostBrowser } from '../../service/hosts/browser.ts'
import { acceptPages, type ParentPort } from '../../service/hosts/shell.ts'
import { openLog } from '../../service/log.ts'
import { Service } from '../../service/service.ts'
import { suiteFolder } from '../support/folder.ts'
import { cccdOf } from '../support/people.ts'

let service: Service
let host: BrowserHost
let origin: string
let key: string
const parent = new EventEmitter()
const folder = suiteFolder()

beforeAll(async () => {
  const simulator = { id: 'r1', driver: 'simulator' as const, codes: [cccdOf(1), cccdOf(2)], everyMs: 50 }
  const readers = [simulator, { id: 'typing', driver: 'wedge' as const, prefix: '<' }]
  const outputs = [{ id: 'sound', driver: 'sound' as const, volume: 0.7 }]
  const lane = { id: 'lane-1', name: 'Cổng A', direction: 'in' as const, readers, outputs }
  const log = openLog()
  log.level = 'silent'
  const started = await Service.start(folder, { lanes: [lane] }, log)
  if (typeof started === 'string') throw new Error(started)
  service = started
  const hosted = await hostBrowser(service, { port: 0 })
  if (typeof hosted === 'string') throw new Error(hosted)
  host = hosted
  const url = new URL(host.url)
  origin = url.origin
  key = url.searchParams.get('key') ?? ''
  acceptPages(service, parent as ParentPort)
})

afterAll(async () => {
  await host.stop()
  await service.stop()
})

function rpc(protocols: string[], headers: Record<string, string> = { origin }): WebSocket {
  return new WebSocket(`${origin.replace('http', 'ws')}/rpc`, protocols, { headers })
}

function shellPort() {
  const { port1, port2 } = new MessageChannel()
  parent.emit('message', { data: { kind: 'page' }, ports: [port1] })
  return port2
}

const transports = [
  { name: 'a WebSocket', connect: (): Client => createORPCClient(new SocketLink({ websocket: browserSocket() })) },
  { name: "the shell's MessagePort", connect: (): Client => createORPCClient(new PortLink({ port: shellPort() })) },
]

function browserSocket(): globalThis.WebSocket {
  return rpc(['gate-kiosk', key]) as unknown as globalThis.WebSocket
}

async function first(states: AsyncIterable<State>, wanted: (state: State) => boolean): Promise<State> {
  for await (const state of states) if (wanted(state)) return state
  throw new Error('the stream ended before the state came')
}

describe.each(transports)('the contract over $name', ({ connect }) => {
  it('gives the whole state at once and again when a verdict falls', async () => {
    const stop = new AbortController()
    const states = await connect().watch({}, { signal: stop.signal })
    const state = await first(states, ({ lanes }) => lanes[0]?.screen.kind === 'verdict')
    stop.abort()
    expect(state.simulated).toBe(true)
    expect(state.lanes.map((lane) => lane.id)).toEqual(['lane-1'])
    expect(state.lanes[0]?.screen).toMatchObject({ verdict: { credential: { kind: 'cccd', verified: false } } })
  })

  it('names the lanes there are when asked for another', async () => {
    const refused = connect().watch({ lane: 'lane-9' })
    await expect(refused).rejects.toMatchObject({ code: 'NO_SUCH_LANE', data: { lanes: ['lane-1'] } })
  })

  it('refuses an argument of the wrong shape', async () => {
    const client: { watch(input: unknown): Promise<unknown> } = connect()
    await expect(client.watch({ lane: 7 })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    await expect(client.watch({ lanes: ['lane-1'] })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  it('takes the word of the page for the devices that it looks after, and tells what it needs of them', async () => {
    const client = connect()
    for (const device of ['typing', 'sound'])
      await client.pageDevice({ lane: 'lane-1', device, state: { kind: 'failed', why: device } })
    const stop = new AbortController()
    const { lanes } = await first(await client.watch({}, { signal: stop.signal }), () => true)
    stop.abort()
    const failed = (why: string) => ({ id: why, state: { kind: 'failed', why } })
    expect(lanes[0]?.readers[1]).toEqual({ ...failed('typing'), driver: 'wedge', prefix: '<' })
    expect(lanes[0]?.outputs).toEqual([{ ...failed('sound'), driver: 'sound', volume: 0.7 }])
  })

  it('takes no word for any other device', async () => {
    const client = connect()
    const refused = { code: 'NO_SUCH_DEVICE' }
    const of = { lane: 'lane-1', reader: 'sound' }
    const report = (device: string) => client.pageDevice({ lane: 'lane-1', device, state: { kind: 'open' } })
    await expect(report('r1')).rejects.toMatchObject(refused)
    await expect(client.scan({ ...of, bytes: 'AAAA' })).rejects.toMatchObject(refused)
    await expect(client.misread({ ...of, why: 'chord' })).rejects.toMatchObject(refused)
    await expect(client.misread({ lane: 'lane-2', reader: 'typing', why: 'chord' })).rejects.toMatchObject(refused)
  })

  it('answers a call that it does not have with not found', async () => {
    const client = connect() as unknown as { open(): Promise<unknown> }
    await expect(client.open()).rejects.toSatisfy((error) => error instanceof ORPCError && error.code === 'NOT_FOUND')
  })
})

describe('the page at the service', () => {
  it.each([
    { name: 'a WebSocket', transport: () => socketTransport(browserSocket) },
    {
      name: "the shell's MessagePort",
      transport: () => {
        const transport = portTransport()
        transport.take(shellPort() as unknown as Parameters<typeof transport.take>[0])
        return transport
      },
    },
  ])('follows the lane over $name', async ({ transport }) => {
    const seen: Connection[] = []
    const stop = follow(transport(), (connection) => seen.push(connection), 'lane-1')
    const verdicts = () => seen.filter((c) => c.kind === 'connected' && c.state.lanes[0]?.screen.kind === 'verdict')
    await vi.waitFor(() => expect(verdicts().length).toBeGreaterThan(0), 10_000)
    stop()
  })
})

describe('the loopback server', () => {
  const opened = (socket: WebSocket) =>
    new Promise<boolean>((resolve) => {
      socket.on('open', () => resolve(true))
      socket.on('error', () => resolve(false))
    }).finally(() => socket.terminate())

  it('lets a page in that carries the key', async () => {
    expect(await opened(rpc(['gate-kiosk', key]))).toBe(true)
  })

  it('refuses a page without the key, or with another', async () => {
    expect(await opened(rpc(['gate-kiosk']))).toBe(false)
    expect(await opened(rpc(['gate-kiosk', `${key.slice(0, -1)}_`]))).toBe(false)
  })

  it("refuses another site's page even with the key", async () => {
    expect(await opened(rpc(['gate-kiosk', key], { origin: 'https://evil.example' }))).toBe(false)
    expect(await opened(rpc(['gate-kiosk', key], { origin, host: 'evil.example' }))).toBe(false)
  })

  it('outlives a stranger who breaks off while he is refused', async () => {
    const { port } = new URL(origin)
    for (let n = 0; n < 20; n++) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {})
      const head = 'GET /rpc HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n'
      await new Promise<void>((resolve) => {
        socket.write(head)
        socket.once('data', () => socket.resetAndDestroy())
        socket.once('close', () => resolve())
      })
    }
    expect(await opened(rpc(['gate-kiosk', key]))).toBe(true)
  })

  const get = (path: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
      const asked = request(`${origin}${path}`, { headers }, (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += String(chunk)
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
      })
      asked.on('error', reject).end()
    })

  it('serves the page under a strict content security policy', async () => {
    const { status, headers, body } = await get('/')
    expect(status).toBe(200)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(body).toContain('<div id="root">')
  })

  it('refuses a name that is not loopback, as DNS rebinding would use', async () => {
    expect((await get('/', { host: 'gate.example:80' })).status).toBe(403)
  })

  it.each(['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/assets/../../package.json', '/none'])(
    'has nothing but the page: %s',
    async (path) => {
      expect((await get(path)).status).toBe(404)
    },
  )
})
