import type { Settings } from '../../contract/settings.ts'
import { hostBrowser } from '../hosts/browser.ts'
import { openLog } from '../log.ts'
import { Service, stopWithinMs } from '../service.ts'
import { readSettings, withSimulator } from '../settings.ts'
import { dataFolder, UsageError } from './data-folder.ts'

type Options = { data?: string; settings?: string; port: string; 'no-ui': boolean; simulate: boolean }

/** `gate-kiosk serve`: works until SIGTERM or SIGINT. Exit codes: 2 for wrong arguments or settings, 1 for a gate that cannot work. */
export async function serve(options: Options): Promise<number> {
  const dir = dataFolder(options)
  if (!/^\d{1,5}$/.test(options.port) || Number(options.port) > 65535)
    throw new UsageError('expected --port 0 to 65535')
  const key = givenKey()
  const settings = readSettings(options.settings)
  if (typeof settings === 'string') return failed(settings, 2)
  const stopped = untilStopped()
  try {
    return await work(dir, options.simulate ? withSimulator(settings) : settings, { ...options, key }, stopped)
  } finally {
    // Listening to the channel of the program that started it would keep the process alive.
    if (process.connected) process.disconnect()
  }
}

type Page = { port: string; 'no-ui': boolean; key: string | undefined }

async function work(dir: string, settings: Settings, page: Page, stopped: Promise<string>): Promise<number> {
  const log = openLog()
  const service = await Service.start(dir, settings, log)
  if (typeof service === 'string') return failed(service, 1)
  const host = page['no-ui'] ? null : await hostBrowser(service, { port: Number(page.port), key: page.key })
  if (typeof host === 'string') {
    await service.stop()
    return failed(host, 1)
  }
  const ready = { ready: true, ...(host === null ? {} : { url: host.url }), pid: process.pid }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
  log.info({ signal: await stopped }, 'stopping')
  setTimeout(() => process.exit(1), stopWithinMs).unref()
  await host?.stop()
  await service.stop()
  return 0
}

function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name))
    // Started by another program of ours, the service does not outlive it.
    process.once('disconnect', () => resolve('disconnect'))
  })
}

/** Whoever starts the service anew keeps its page connected by giving the same secret again. */
function givenKey(): string | undefined {
  const key = process.env['GATE_KIOSK_KEY']
  if (key === undefined || key === '') return undefined
  if (!/^[\w-]{32,}$/.test(key))
    throw new UsageError('expected GATE_KIOSK_KEY to be 32 or more letters, digits, - and _')
  return key
}

function failed(why: string, code: number): number {
  process.stderr.write(`${why}\n`)
  return code
}
