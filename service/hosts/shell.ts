import { parseArgs } from 'node:util'
import type { SupportedMessagePort } from '@orpc/client/message-port'
import { RPCHandler } from '@orpc/server/message-port'
import { z } from 'zod'
import { openVault } from '../custody.ts'
import { openLog } from '../log.ts'
import { Service, stopWithinMs } from '../service.ts'
import { readSettings, withSimulator } from '../settings.ts'
import { type Hosted, routerOf } from './router.ts'

/** The shell's end, as a utility process of Electron sees it; typed here because the service never imports electron. */
export type ParentPort = {
  on(event: 'message', listener: (message: ShellMessage) => void): void
  once(event: 'message', listener: (message: ShellMessage) => void): void
}
type ShellMessage = { data: unknown; ports: readonly ShellPort[] }
type ShellPort = SupportedMessagePort & { start(): void }

/** The first message: 32 bytes in base64url, or null where the shell has no place that is safe enough for a key. */
const KeyMessage = z.object({ kind: z.literal('key'), key: z.base64url().length(43).nullable() })

/** The shell sends it right after the start; whatever follows waits in the port while nobody listens. */
const keyWithinMs = 5000

/** The key that the shell keeps for this service. A string says why none can be told: then nothing may be opened. */
export async function receiveKey(parent: ParentPort, withinMs = keyWithinMs): Promise<Uint8Array | null | string> {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  parent.once('message', ({ data }) => resolve(data))
  const limit = setTimeout(() => resolve(undefined), withinMs)
  const message = KeyMessage.safeParse(await promise)
  clearTimeout(limit)
  if (!message.success) return 'expected the first message of the shell to bring a key, or to say that there is none'
  return message.data.key === null ? null : Buffer.from(message.data.key, 'base64url')
}

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
  const key = await receiveKey(parent)
  if (typeof key === 'string') {
    log.fatal(key)
    process.exit(1)
  }
  const chosen = values.simulate ? withSimulator(settings) : settings
  const service = await Service.start(values.data, chosen, log, openVault(key))
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
