import { createORPCClient, ORPCError } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import type { api } from '../contract/api.ts'
import type { State } from '../contract/state.ts'

export type Client = ContractRouterClient<typeof api>

/** What the page knows. `refused`: the service has no such lane; `lanes` are the ones it has. */
export type Connection =
  | { kind: 'connected'; state: State }
  | { kind: 'disconnected' }
  | { kind: 'refused'; lanes: readonly string[] }

interface Session {
  client: Client
  /** Aborts when the session is over and its client cannot know. */
  over?: AbortSignal
}

/** One way to the service. `open` waits for a session, and gives the same one again while it lives. */
export interface Transport {
  open(): Promise<Session>
  close(): void
}

export type Port = Pick<MessagePort, 'addEventListener' | 'postMessage' | 'start' | 'close'>

const graceMs = 1500
/** The service speaks every 5 s: after this long without a word it hangs, and what it showed last is no longer true. */
const silenceMs = 12_000
const shortestPauseMs = 250
const longestPauseMs = 2000

/** Over message ports that arrive from outside: each port taken replaces the one before. */
export function portTransport(): Transport & { take(port: Port): void } {
  let current: { client: Client; over: AbortSignal; end(): void } | undefined
  let arrival = Promise.withResolvers<void>()
  return {
    async open() {
      while (current === undefined || current.over.aborted) await arrival.promise
      return current
    },
    take(port) {
      current?.end()
      const client: Client = createORPCClient(new PortLink({ port }))
      const over = new AbortController()
      port.addEventListener('close', () => over.abort())
      const end = () => {
        // In a browser the end that closes a port hears no `close`.
        over.abort()
        port.close()
      }
      current = { client, over: over.signal, end }
      port.start()
      arrival.resolve()
      arrival = Promise.withResolvers()
    },
    close: () => current?.end(),
  }
}

/** Over a WebSocket that `connect` makes anew for every session. */
export function socketTransport(connect: () => WebSocket): Transport {
  let socket: WebSocket | undefined
  return {
    async open() {
      socket?.close()
      socket = connect()
      return { client: createORPCClient(new SocketLink({ websocket: socket })) }
    },
    close: () => socket?.close(),
  }
}

/**
 * Reports the last state of the service, for ever, until the function it returns is called. The client is of the session
 * that brought the state, for whatever else the page has to say; null without a session.
 */
export function follow(
  transport: Transport,
  on: (connection: Connection, client: Client | null) => void,
  lane?: string,
): () => void {
  const stop = new AbortController()
  let pauseMs = shortestPauseMs
  let grace: ReturnType<typeof setTimeout> | undefined
  let silence: ReturnType<typeof setTimeout> | undefined
  const report = (connection: Connection, client: Client | null = null) => {
    clearTimeout(grace)
    grace = undefined
    if (!stop.signal.aborted) on(connection, client)
  }
  const doubt = () => {
    grace ??= setTimeout(() => report({ kind: 'disconnected' }), graceMs)
  }
  const run = async () => {
    while (!stop.signal.aborted) {
      const ended = await watch(transport, lane, (state, client) => {
        pauseMs = shortestPauseMs
        report({ kind: 'connected', state }, client)
        clearTimeout(silence)
        silence = setTimeout(() => report({ kind: 'disconnected' }), silenceMs)
      })
      clearTimeout(silence)
      if (stop.signal.aborted) return
      if (ended.kind === 'refused') report(ended)
      else doubt()
      await pause(pauseMs, stop.signal)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
  }
  doubt()
  run()
  return () => {
    stop.abort()
    clearTimeout(grace)
    clearTimeout(silence)
    transport.close()
  }
}

type Ended = { kind: 'lost' } | { kind: 'refused'; lanes: readonly string[] }

async function watch(
  transport: Transport,
  lane: string | undefined,
  on: (state: State, client: Client) => void,
): Promise<Ended> {
  try {
    const { client, over } = await transport.open()
    const input = lane === undefined ? {} : { lane }
    const states = await (over ? client.watch(input, { signal: over }) : client.watch(input))
    for await (const state of states) on(state, client)
  } catch (error) {
    // Of all that can end a session only a refused lane is worth telling apart: the next session mends the rest.
    if (error instanceof ORPCError) return refusal(error.code, error.data)
  }
  return { kind: 'lost' }
}

function refusal(code: string, data: unknown): Ended {
  // The lane is all the page says, so a bad request is a lane that cannot exist, such as an id too long.
  if (code === 'BAD_REQUEST') return { kind: 'refused', lanes: [] }
  if (code !== 'NO_SUCH_LANE') return { kind: 'lost' }
  const lanes = typeof data === 'object' && data !== null && 'lanes' in data ? data.lanes : undefined
  return { kind: 'refused', lanes: Array.isArray(lanes) ? lanes.map(String) : [] }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    stop.addEventListener('abort', done)
  })
}
