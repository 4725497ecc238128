import { parseArgs } from 'node:util'
import type { SupportedMessagePort } from '@orpc/client/message-port'
import { RPCHandler } from '@orpc/server/message-port'
import { openLog } from '../log.ts'
import { Service, stopWithinMs } from '../service.ts'
import { readSettings, withSimulator } from '../settings.ts'
import { type Hosted, routerOf } from './router.ts'

/** The shell's end, as a utility process of Electron sees it; typed here because the service never imports electron. */
export type ParentPort = {
  on(event: 'message', listener: (message: { data: unknown; ports: readonly ShellPort[] }) => void): void
}
type ShellPort = SupportedMessagePort & { start(): void }

/** Each message with a port is a page that wants to talk. */
export function acceptPages(service: Hosted, parent: ParentPort): void {
  const handler = new RPCHandler(routerOf(service))
  parent.on('message', ({ ports: [port] }) => {
    if (port === undefined) return
    handler.upgrade(port)
    port.start()
  })
}

/** Runs the service inside the shell. */
async function main(parent: ParentPort) {
  // Electron only warns of these in a utility process; here they are bugs, and the shell starts the service anew.
  process.on('unhandledRejection', (error) => {
    throw error
  })
  const { values } = parseArgs({
    options: { data: { type: 'string' }, settings: { type: 'string' }, simulate: { type: 'boolean', default: false } },
  })
  const log = openLog()
  const settings = readSettings(values.settings)
  if (values.data === undefined || typeof settings === 'string') {
    log.fatal(typeof settings === 'string' ? settings : 'expected --data DIR')
    process.exit(2)
  }
  const service = await Service.start(values.data, values.simulate ? withSimulator(settings) : settings, log)
  if (typeof service === 'string') {
    log.fatal(service)
    process.exit(1)
  }
  acceptPages(service, parent)
  process.once('SIGTERM', () => {
    setTimeout(() => process.exit(1), stopWithinMs).unref()
    service.stop().then(() => process.exit(0))
  })
}

if ('parentPort' in process) await main(process.parentPort as ParentPort)
