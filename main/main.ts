import { join } from 'node:path'
import {
  app,
  BrowserWindow,
  MessageChannelMain,
  type MessagePortMain,
  powerSaveBlocker,
  protocol,
  safeStorage,
  session,
  utilityProcess,
} from 'electron'
import { readyChannel } from '../contract/page.ts'
import { serviceArguments } from './arguments.ts'
import { giveKey, type ServiceKey, serviceKey } from './custody.ts'
import { installGuards, isOurFrame } from './guards.ts'
import { createPorts } from './ports.ts'
import { pageUrl, scheme, serve } from './scheme.ts'
import { supervise } from './supervisor.ts'
import { deniesKey, watchPage, windowOptions } from './window.ts'

const built = import.meta.dirname
const renderer = join(built, '../renderer')

function log(event: string, details: Record<string, string | number | null>): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), from: 'shell', event, ...details })}\n`)
}

function forkService(args: string[]) {
  // The service's output is inherited: it goes where the shell's goes, and nobody has to drain a pipe.
  const options = { serviceName: 'gate-kiosk service', stdio: 'inherit' }
  const child = utilityProcess.fork(join(built, '../service/shell.js'), args, options)
  // Without a listener, an `error` event of the service would throw here and take the shell with it.
  child.on('error', (type, location) => log('service failed', { type, location }))
  return child
}

function startService(args: string[], key: ServiceKey, ports: ReturnType<typeof createPorts<MessagePortMain>>) {
  return supervise({
    fork: () => forkService(args),
    started: (child) => {
      giveKey(child, key)
      ports.serviceStarted(child)
    },
    exited: (code, pauseMs) => {
      ports.serviceGone()
      log('service exited', { code, pauseMs })
    },
  })
}

function openWindow(ports: ReturnType<typeof createPorts<MessagePortMain>>, relaunch: () => void): BrowserWindow {
  const window = new BrowserWindow(windowOptions(join(built, 'preload.cjs')))
  const page = window.webContents
  const load = () => {
    window.loadURL(pageUrl).catch((error: unknown) => log('page not loaded', { why: String(error) }))
  }
  window.setMenu(null)
  page.on('before-input-event', (event, input) => {
    if (deniesKey(input)) event.preventDefault()
  })
  page.ipc.on(readyChannel, (event) => {
    if (isOurFrame(event.senderFrame)) ports.pageReady(page)
  })
  watchPage(page, {
    lost: (reason) => {
      ports.pageGone()
      log('page lost', { reason })
    },
    reload: load,
    relaunch,
  })
  load()
  return window
}

async function run(args: string[]): Promise<void> {
  const ports = createPorts(() => new MessageChannelMain())
  installGuards(app, session.defaultSession)
  protocol.handle(scheme, (request) => serve(request, renderer))
  powerSaveBlocker.start('prevent-display-sleep')
  const key = await serviceKey(safeStorage, app.getPath('userData'), process.platform)
  if (key.kind === 'none') log('no key of the system', { why: key.why })
  const service = startService(args, key, ports)
  // app.exit and not app.quit: a page that hangs must not be able to hold the shell back.
  const leave = () => void service.stop().then(() => app.exit(0))
  const window = openWindow(ports, () => {
    app.relaunch()
    leave()
  })
  app.on('second-instance', () => window.focus())
  app.on('before-quit', (event) => {
    event.preventDefault()
    leave()
  })
}

// Electron's own answer to a bug in this process is a dialog box, which nobody can close at a gate.
function fail(error: unknown): void {
  log('shell failed', { why: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  app.exit(1)
}
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
// Whoever reads the log may go away; the gate goes on.
process.stderr.on('error', () => undefined)

// Before `ready`, and only once in the life of the process, as Electron demands.
protocol.registerSchemesAsPrivileged([
  { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
])

const wanted = serviceArguments(process.argv.slice(1), join(app.getPath('userData'), 'data'))
if (wanted.kind === 'invalid') {
  process.stderr.write(`gate-kiosk: ${wanted.why}\n`)
  app.exit(2)
} else if (app.requestSingleInstanceLock()) {
  app.whenReady().then(() => run(wanted.args))
} else {
  app.exit(0)
}
