import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { stopProgram } from '../../../demo/process.ts'
import { type Delays, delaysOf, probeEnv } from '../delays.ts'
import { type Traffic, Wire } from '../wire.ts'
import { installPouch } from './install.ts'

const withinMs = 240_000

const Address = z.object({ port: z.int() })
const Filled = z.object({ filled: z.literal(true) })
const Done = z.object({ docs: z.int(), failures: z.int(), seconds: z.number() })
const Database = z.object({ doc_count: z.int() })

export type Replicated =
  | { kind: 'replicated'; docs: number; seconds: number; traffic: Traffic; delays: Delays; versions: string }
  | { kind: 'skipped'; why: string }

/** The visits of folder `filled` from a PouchDB to a server on this machine, each in a process of its own. */
export async function replicate(filled: string, root: string): Promise<Replicated> {
  const installed = await installPouch()
  if (installed.kind === 'skipped') return installed
  const { dir, versions } = installed
  const server = start(new URL('./server.ts', import.meta.url), dir, folder(root, 'pouch-server'))
  const { port } = await told(server, Address)
  const url = `http://127.0.0.1:${port}`
  const wire = await Wire.to(url)
  const remote = `${wire.url}/visits`
  const gate = start(new URL('./gate.ts', import.meta.url), dir, folder(root, 'pouch-gate'), filled, remote)
  try {
    await told(gate, Filled)
    await delaysOf(gate)
    gate.send('replicate')
    const { docs, failures, seconds } = await told(gate, Done)
    const [traffic, delays] = [wire.traffic(), await delaysOf(gate)]
    const held = Database.parse(await (await fetch(`${url}/visits`)).json()).doc_count
    if (failures > 0 || held !== docs) throw new Error(`expected ${docs} docs, found ${held}; ${failures} failed`)
    return { kind: 'replicated', docs, seconds, traffic, delays, versions }
  } finally {
    await stopProgram(gate)
    await wire.stop()
    await stopProgram(server)
  }
}

/** PouchDB puts its databases below a prefix, not into a folder. */
function folder(root: string, name: string): string {
  const dir = join(root, name)
  mkdirSync(dir)
  return `${dir}/`
}

function start(program: URL, ...args: string[]): ChildProcess {
  return fork(fileURLToPath(program), args, { env: { ...process.env, ...probeEnv } })
}

/** The next message of this shape. */
async function told<Message>(child: ChildProcess, shape: z.ZodType<Message>): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>()
  const hear = (message: unknown) => {
    const read = shape.safeParse(message)
    if (read.success) resolve(read.data)
  }
  const ended = (code: number | null) => reject(new Error(`a program of PouchDB ended with ${code}`))
  const timer = setTimeout(() => reject(new Error(`PouchDB took more than ${withinMs / 1000} s`)), withinMs)
  child.on('message', hear).once('exit', ended)
  return promise.finally(() => {
    clearTimeout(timer)
    child.off('message', hear).off('exit', ended)
  })
}
