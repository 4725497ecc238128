import { ipcRenderer } from 'electron'
import { portChannel, readyChannel } from '../contract/page.ts'

// Written out because the compiler knows no DOM in this folder, where everything else runs in Node.
declare const window: {
  readonly location: { readonly origin: string }
  addEventListener(type: 'message', listener: (event: { source: unknown; data: unknown }) => void): void
  postMessage(message: unknown, targetOrigin: string, transfer: readonly unknown[]): void
}

function isReady(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === readyChannel
}

window.addEventListener('message', (event) => {
  if (event.source === window && isReady(event.data)) ipcRenderer.send(readyChannel)
})

ipcRenderer.on(portChannel, (event) => {
  window.postMessage({ kind: portChannel }, window.location.origin, event.ports)
})
