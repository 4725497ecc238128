import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect, createServer as createTunnel } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { type UhidDescription, UhidDevice, type UhidHeard } from './uhid.ts'

/** The ports of the guest: this program's, and the one that leads to the service, which listens on loopback alone. */
export const agentPort = 7000
export const pagePort = 7001
export const servicePort = 8100

/** What the host may ask. Bytes travel as hexadecimal digits. */
export type Request =
  | { readonly kind: 'run'; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  /** Replies with the first line that the program prints; its stderr goes to the console. */
  | { readonly kind: 'start'; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }
  | { readonly kind: 'stop' }
  | { readonly kind: 'uhid-create'; readonly id: string; readonly device: UhidDescription }
  | { readonly kind: 'uhid-input'; readonly id: string; readonly reports: readonly string[] }
  | { readonly kind: 'uhid-destroy'; readonly id: string }
  | { readonly kind: 'uhid-heard'; readonly id: string }

type Ran = { readonly status: number; readonly stdout: string; readonly stderr: string }

export type Reply = {
  run: Ran
  write: null
  /** Null: it ended before it printed a line. */
  start: string | null
  stop: number | null
  'uhid-create': null
  'uhid-input': null
  'uhid-destroy': null
  'uhid-heard': readonly UhidHeard[]
}

const hids = new Map<string, UhidDevice>()
let started: ChildProcess | undefined

function answer(request: Request): Promise<Reply[Request['kind']]> | Reply[Request['kind']] {
  switch (request.kind) {
    case 'run':
      return run(request.program, request.args)
    case 'write':
      writeFileSync(request.path, request.text)
      return null
    case 'start':
      return start(request.args, request.env)
    case 'stop':
      return stop()
    case 'uhid-create':
      hids.set(request.id, UhidDevice.create(request.device))
      return null
    case 'uhid-input':
      for (const report of request.reports) device(request.id).input(Buffer.from(report, 'hex'))
      return null
    case 'uhid-destroy':
      device(request.id).destroy()
      return null
    case 'uhid-heard':
      return device(request.id).heard
  }
}

function device(id: string): UhidDevice {
  const found = hids.get(id)
  if (found === undefined) throw new Error(`there is no device ${id}`)
  return found
}

function run(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    )
  })
}

async function start(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string | null> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  started = child
  const line = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'close')])
  return typeof line[0] === 'string' ? line[0] : null
}

async function stop(): Promise<number | null> {
  if (started === undefined || started.exitCode !== null || started.signalCode !== null) return null
  const gone = once(started, 'exit')
  started.kill()
  await gone
  return started.exitCode
}

function listen() {
  createServer(async (request, response) => {
    try {
      const reply = await answer(JSON.parse(await text(request)))
      response.end(JSON.stringify(reply))
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  }).listen(agentPort)
  createTunnel((outer) => {
    const inner = connect(servicePort, '127.0.0.1')
    outer.on('error', () => inner.destroy())
    inner.on('error', () => outer.destroy())
    outer.pipe(inner).pipe(outer)
  }).listen(pagePort)
}

// The host takes types and ports from here; only in the guest is this the program.
if (import.meta.main) listen()
