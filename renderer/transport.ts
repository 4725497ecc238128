import { portChannel, readyChannel, socketPath, socketProtocol } from '../contract/page.ts'
import { type Port, portTransport, socketTransport, type Transport } from './connection.ts'

const keyItem = 'gate-kiosk:key'

/** The way to the service from where the page runs: the shell hands over ports, a browser opens a socket. */
export function pageTransport(): Transport {
  return location.protocol === 'app:' ? shellTransport() : browserTransport()
}

function shellTransport(): Transport {
  const transport = portTransport()
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const port: Port | undefined = event.ports[0]
    if (event.source === window && isPortMessage(event.data) && port !== undefined) transport.take(port)
  })
  window.postMessage({ kind: readyChannel }, location.origin)
  return transport
}

function isPortMessage(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === portChannel
}

function browserTransport(): Transport {
  const key = takeKey()
  return socketTransport(() => new WebSocket(`ws://${location.host}${socketPath}`, [socketProtocol, key]))
}

/** The key leaves the address bar, where a passer-by or the history would keep it. */
function takeKey(): string {
  const url = new URL(location.href)
  const key = url.searchParams.get('key')
  if (key === null) return sessionStorage.getItem(keyItem) ?? ''
  sessionStorage.setItem(keyItem, key)
  url.searchParams.delete('key')
  history.replaceState(null, '', url)
  return key
}
