import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect, createServer as createTunnel } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { handleDevice } from './devices.ts'
import { agentPort, pagePort, type Reply, type Request, servicePort } from './protocol.ts'

// The program of the guest: does what the host asks, and leads its page to the service.

let started: ChildProcess | undefined

async function answer(request: Request): Promise<Reply<Request['kind']>> {
  if (request.kind === 'run') return run(request.program, request.args)
  if (request.kind === 'start') return start(request.args, request.env)
  if (request.kind === 'stop') return stop()
  if (request.kind !== 'write') return handleDevice(request)
  writeFileSync(request.path, request.text)
  return null
}

function run(program: string, args: readonly string[]): Promise<Reply<'run'>> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    )
  })
}

async function start(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Reply<'start'>> {
  // A case that failed may have left its service behind.
  await stop()
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  started = child
  const line = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'close')])
  return typeof line[0] === 'string' ? line[0] : null
}

async function stop(): Promise<Reply<'stop'>> {
  if (started === undefined || started.exitCode !== null || started.signalCode !== null) return null
  const gone = once(started, 'exit')
  started.kill()
  await gone
  return started.exitCode
}

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
