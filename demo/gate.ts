import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findBrowser, openBrowser } from './browser.ts'
import { startProgram, stopProgram } from './process.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const respawnMs = 1000
/** What Electron finds wrong with a machine, it finds at once. */
const settledMs = 1500
const isWindows = process.platform === 'win32'

export type GateOptions = { data: string; settings?: string | undefined; simulate?: boolean | undefined }
type Say = (line: string) => void
export type Gate = { stop(): Promise<void> }

/** Starts a gate with its screen: in Electron where its program is installed, otherwise as a service with a browser. */
export async function startGate(options: GateOptions, say: Say, log: Say): Promise<Gate | null> {
  const args = ['--data', resolve(options.data)]
  if (options.settings !== undefined) args.push('--settings', resolve(options.settings))
  if (options.simulate) args.push('--simulate')
  const electron = findElectron()
  const inElectron = electron === null ? null : await startElectron(electron, args, say)
  if (inElectron !== null) return inElectron
  const browser = findBrowser()
  const screen = browser.kind === 'found' ? `${browser.path} in app mode` : `any browser (${browser.why})`
  const why = electron === null ? 'is not installed here (npx install-electron fetches it)' : 'does not start here'
  say(`Screen    Electron ${why}; using ${screen}`)
  const service = await keepService(args, say, log)
  if (service === null) return null
  say(`Screen    ${service.url}`)
  const profile = join(resolve(options.data), 'browser')
  const window = browser.kind === 'found' ? openBrowser(browser.path, service.url, profile) : undefined
  return {
    async stop() {
      await Promise.all([service.stop(), window && stopProgram(window)])
    },
  }
}

/** Electron's npm package downloads its program at first use, which a closed network forbids: only look, never ask. */
function findElectron(): string | null {
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(root, 'node_modules/electron/dist')
  const name = join(root, 'node_modules/electron/path.txt')
  const program = join(folder, existsSync(name) ? readFileSync(name, 'utf8') : 'electron')
  return existsSync(program) ? program : null
}

/** Builds the shell and starts it. Null: it ended at once, or could not be started at all. */
async function startElectron(program: string, args: string[], say: Say): Promise<Gate | null> {
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit', shell: isWindows })
  if (built.status !== 0) return null
  const noSandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const child = spawn(program, [...noSandbox, root, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = new Promise<'ended'>((resolve) => {
    child.once('error', () => resolve('ended'))
    child.once('exit', () => resolve('ended'))
  })
  if ((await Promise.race([ended, pause(settledMs, 'running', { ref: false })])) === 'ended') return null
  say(`Screen    ${program}`)
  return {
    async stop() {
      await stopProgram(child)
    },
  }
}

/** Runs the service and starts it anew when it ends by itself, under the same address. */
async function keepService(args: string[], say: Say, log: Say): Promise<(Gate & { url: string }) | null> {
  const env = { GATE_KIOSK_KEY: randomBytes(24).toString('base64url') }
  let stopping = false
  let child: ChildProcess | undefined
  const start = async (port: string): Promise<string | null> => {
    const started = await startProgram('service', ['serve', ...args, '--port', port], log, env)
    child = started?.child
    if (started !== null) watch(started.child, new URL(started.ready.url).port)
    return started?.ready.url ?? null
  }
  const watch = async (running: ChildProcess, port: string): Promise<void> => {
    await once(running, 'exit')
    while (!stopping) {
      say('Service   ended by itself; starting it again')
      await pause(respawnMs)
      if (!stopping && (await start(port)) !== null) return
    }
  }
  const url = await start('0')
  if (url === null) return null
  return {
    url,
    async stop() {
      stopping = true
      if (child !== undefined) await stopProgram(child)
    },
  }
}
