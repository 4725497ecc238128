import { portChannel } from '../contract/page.ts'

/** The page's end of the hand-over; Electron's `WebContents` is one. */
export interface Page<Port> {
  postMessage(channel: string, message: unknown, transfer: Port[]): void
}

/** The service's end of the hand-over; Electron's `UtilityProcess` is one. */
export interface Service<Port> {
  postMessage(message: unknown, transfer: Port[]): void
}

/**
 * Joins the page and the service: a fresh channel for every page load (`pageReady`) and every service start
 * (`serviceStarted`), whichever comes last. The service gets `{kind: 'page'}` with a port, the page `portChannel`.
 */
export function createPorts<Port>(createChannel: () => { port1: Port; port2: Port }) {
  let page: Page<Port> | null = null
  let service: Service<Port> | null = null

  const handOver = () => {
    if (page === null || service === null) return
    const { port1, port2 } = createChannel()
    service.postMessage({ kind: 'page' }, [port1])
    page.postMessage(portChannel, null, [port2])
  }

  return {
    pageReady(ready: Page<Port>): void {
      page = ready
      handOver()
    },
    pageGone(): void {
      page = null
    },
    serviceStarted(started: Service<Port>): void {
      service = started
      handOver()
    },
    serviceGone(): void {
      service = null
    },
  }
}
