import { once } from 'node:events'
import { createServer } from 'node:http'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { implement } from '@orpc/server'
import { RPCHandler as PortHandler } from '@orpc/server/message-port'
import { RPCHandler as SocketHandler } from '@orpc/server/ws'
import { afterEach, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { api } from '../../contract/api.ts'
import type { State } from '../../contract/state.ts'
import { type Client, type Connection, follow, portTransport, socketTransport } from '../../renderer/connection.ts'
import { stateOf } from './fixtures.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A service that implements the contract: it shows the last state set, and every one after it. */
function service(first: State) {
  let state = first
  let changed = Promise.withResolvers<void>()
  let watching = 0
  const { watch } = implement(api)
  const router = {
    watch: watch.handler(async function* ({ input, errors, signal }) {
      if (input.lane !== undefined && input.lane !== 'a') throw errors.NO_SUCH_LANE({ data: { lanes: ['a'] } })
      signal?.addEventListener('abort', () => changed.resolve())
      watching++
      try {
        while (!signal?.aborted) {
          const change = changed.promise
          yield state
          await change
        }
      } finally {
        watching--
      }
    }),
  }
  const set = (next: State) => {
    state = next
    changed.resolve()
    changed = Promise.withResolvers()
  }
  return { router, set, watching: () => watching }
}

async function listen(router: ReturnType<typeof service>['router'], port = 0) {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, path: '/rpc', handleProtocols: () => 'gate-kiosk' })
  const handler = new SocketHandler(router)
  sockets.on('connection', (socket) => handler.upgrade(socket))
  http.listen(port, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  const close = async () => {
    for (const socket of sockets.clients) socket.terminate()
    sockets.close()
    if (http.listening) await new Promise((resolve) => http.close(resolve))
  }
  cleanups.push(close)
  return { port: address.port, close }
}

function followed(transport: Parameters<typeof follow>[0], lane?: string) {
  const seen: Connection[] = []
  const stop = follow(transport, (connection) => seen.push(connection), lane)
  cleanups.push(stop)
  const last = (connection: Connection) => vi.waitFor(() => expect(seen.at(-1)).toEqual(connection), { timeout: 8000 })
  return { seen, last, stop }
}

const overSocket = (port: number) =>
  socketTransport(() => new WebSocket(`ws://127.0.0.1:${port}/rpc`, ['gate-kiosk', 'key']))

function overPort(router: ReturnType<typeof service>['router']) {
  const { port1, port2 } = new MessageChannel()
  cleanups.push(() => port1.close())
  new PortHandler(router).upgrade(port1)
  port1.start()
  return { ours: port1, theirs: port2 }
}

const first = stateOf({ kind: 'idle' })
const second = stateOf({ kind: 'retry' })

test('Over a socket the state comes at once, and again after every change', async () => {
  const { router, set } = service(first)
  const { port } = await listen(router)
  const page = followed(overSocket(port))
  await page.last({ kind: 'connected', state: first })
  set(second)
  await page.last({ kind: 'connected', state: second })
})

test('Over a port the state comes at once, and again after every change', async () => {
  const { router, set } = service(first)
  const transport = portTransport()
  const page = followed(transport, 'a')
  transport.take(overPort(router).theirs)
  await page.last({ kind: 'connected', state: first })
  set(second)
  await page.last({ kind: 'connected', state: second })
})

test('When the service behind a socket goes the page says so, and finds the next one by itself', async () => {
  const server = await listen(service(first).router)
  const page = followed(overSocket(server.port))
  await page.last({ kind: 'connected', state: first })
  await server.close()
  await page.last({ kind: 'disconnected' })
  await listen(service(second).router, server.port)
  await page.last({ kind: 'connected', state: second })
}, 15_000)

test('When the service behind a port goes the page says so, and goes on with the port of the next one', async () => {
  const transport = portTransport()
  const page = followed(transport)
  const { ours, theirs } = overPort(service(first).router)
  transport.take(theirs)
  await page.last({ kind: 'connected', state: first })
  ours.close()
  await page.last({ kind: 'disconnected' })
  transport.take(overPort(service(second).router).theirs)
  await page.last({ kind: 'connected', state: second })
}, 15_000)

test('A new port replaces the one before, which is let go', async () => {
  const former = service(first)
  const transport = portTransport()
  const page = followed(transport)
  transport.take(overPort(former.router).theirs)
  await page.last({ kind: 'connected', state: first })
  transport.take(overPort(service(second).router).theirs)
  await page.last({ kind: 'connected', state: second })
  await vi.waitFor(() => expect(former.watching()).toBe(0))
  expect(page.seen).not.toContainEqual({ kind: 'disconnected' })
})

test('A page that nobody answers says so', async () => {
  await followed(portTransport()).last({ kind: 'disconnected' })
})

test('A socket that cannot be made counts as no answer', async () => {
  const transport = socketTransport(() => new WebSocket('ws://127.0.0.1:9/rpc', ['gate-kiosk', '']))
  await followed(transport).last({ kind: 'disconnected' })
})

test('A lane that the gate does not have is told with the lanes it has', async () => {
  const { port } = await listen(service(first).router)
  await followed(overSocket(port), 'b').last({ kind: 'refused', lanes: ['a'] })
})

test('A lane id that no lane can have is told as well', async () => {
  const { port } = await listen(service(first).router)
  await followed(overSocket(port), 'x'.repeat(41)).last({ kind: 'refused', lanes: [] })
})

test('Input that the contract does not know is refused with a validation error', async () => {
  const { theirs } = overPort(service(first).router)
  const client: Client = createORPCClient(new RPCLink({ port: theirs }))
  theirs.start()
  const input = { lane: 'a', extra: 1 }
  await expect(client.watch(input)).rejects.toMatchObject({ code: 'BAD_REQUEST', message: 'Input validation failed' })
})

test('A stopped page says nothing more and leaves the service', async () => {
  const { router, set, watching } = service(first)
  const { port } = await listen(router)
  const page = followed(overSocket(port))
  await page.last({ kind: 'connected', state: first })
  page.stop()
  set(second)
  await vi.waitFor(() => expect(watching()).toBe(0))
  expect(page.seen).toEqual([{ kind: 'connected', state: first }])
})
