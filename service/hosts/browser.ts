import { randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { RPCHandler } from '@orpc/server/ws'
import sirv from 'sirv'
import { WebSocketServer } from 'ws'
import { contentSecurityPolicy, socketPath, socketProtocol } from '../../contract/page.ts'
import { type Hosted, routerOf } from './router.ts'

const pageFolder = fileURLToPath(new URL('../../dist/renderer', import.meta.url))
const maxMessageBytes = 64 * 1024
const maxUnreadBytes = 1024 * 1024
const sweepMs = 5000

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

export type BrowserHost = { readonly url: string; stop(): Promise<void> }

/**
 * Serves the page and the contract to a browser on this machine alone. The address carries a secret; a request under
 * another name than loopback (DNS rebinding) or from another site's page is refused.
 */
export async function hostBrowser(
  service: Hosted,
  { port, key = randomBytes(24).toString('base64url') }: { port: number; key?: string | undefined },
): Promise<BrowserHost | string> {
  if (!existsSync(`${pageFolder}/index.html`)) return 'the page is not built: run npm run build:page'
  const files = sirv(pageFolder, { dev: false, etag: true })
  const server = createServer((request, response) => {
    if (!isLoopbackName(request)) return refuse(response, 403)
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405)
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    files(request, response, () => refuse(response, 404))
  })
  const sockets = acceptSockets(server, service, key)
  const sweep = setInterval(() => dropStalled(sockets), sweepMs)
  const listening = await new Promise<string | null>((resolve) => {
    server.once('error', (error) => resolve(`cannot listen on 127.0.0.1:${port}: ${error.message}`))
    server.listen(port, '127.0.0.1', () => resolve(null))
  })
  if (listening !== null) {
    clearInterval(sweep)
    return listening
  }
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound}/?key=${key}`,
    stop: () =>
      new Promise((resolve) => {
        clearInterval(sweep)
        for (const socket of sockets.clients) socket.terminate()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function acceptSockets(server: Server, service: Hosted, key: string): WebSocketServer {
  const handler = new RPCHandler(routerOf(service))
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    handleProtocols: () => socketProtocol,
  })
  server.on('upgrade', (request, socket, head) => {
    // A socket that is refused has no other listener, and its reset would end the service.
    socket.on('error', () => socket.destroy())
    if (!mayConnect(request, key)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => client.terminate())
      handler.upgrade(client)
    })
  })
  return sockets
}

/** A page that does not read what it is sent would fill the memory; it connects again when it can. */
function dropStalled(sockets: WebSocketServer) {
  for (const client of sockets.clients) if (client.bufferedAmount > maxUnreadBytes) client.terminate()
}

/** A browser cannot set headers on a WebSocket, so the secret travels as a sub-protocol. */
function mayConnect(request: IncomingMessage, key: string): boolean {
  const { origin, host } = request.headers
  if (request.url !== socketPath || !isLoopbackName(request)) return false
  if (origin !== undefined && origin !== `http://${host}`) return false
  const [name, offered = ''] = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim())
  const [a, b] = [Buffer.from(offered), Buffer.from(key)]
  return name === socketProtocol && a.length === b.length && timingSafeEqual(a, b)
}

function isLoopbackName({ headers }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '')
}

function refuse(response: ServerResponse, status: number) {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 404 ? 'not found' : 'refused')
}
