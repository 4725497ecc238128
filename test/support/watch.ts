import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { WebSocket } from 'ws'
import type { State, Verdict } from '../../contract/state.ts'
import type { Client } from '../../renderer/connection.ts'

/** Follows a running service as its page does, until the connection ends. */
export async function watchStates(url: string, on: (state: State) => void): Promise<void> {
  const { origin, host, searchParams } = new URL(url)
  const socket = new WebSocket(`ws://${host}/rpc`, ['gate-kiosk', searchParams.get('key') ?? ''], { origin })
  const client: Client = createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }))
  try {
    for await (const state of await client.watch({})) on(state)
  } catch {
    // The service was ended while it streamed.
  } finally {
    socket.terminate()
  }
}

/** Every verdict that lets a person pass, once for each time it is shown. */
export function watchGreens(url: string, on: (verdict: Verdict) => void): Promise<void> {
  let last = ''
  return watchStates(url, ({ lanes }) => {
    for (const { screen } of lanes) {
      if (screen.kind !== 'verdict' || screen.verdict.outcome === 'denied' || screen.verdict.visit.id === last) continue
      last = screen.verdict.visit.id
      on(screen.verdict)
    }
  })
}
