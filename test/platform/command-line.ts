import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, expect } from 'vitest'
import { z } from 'zod'
import { temporaryFolder } from './engine.ts'

const cli = path.resolve('platform/cli.ts')
const folder = temporaryFolder()
export const data = path.join(folder.dir, 'data')
const maxBuffer = 64 * 1024 * 1024
const env = { ...process.env, XDG_STATE_HOME: path.join(folder.dir, 'state') }
const Ready = z.strictObject({ ready: z.literal(true), url: z.url(), pid: z.int() })

interface Result {
  code: number
  stdout: string
  stderr: string
}

/** Runs one command to its end. */
export function gatePlatform(...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { env, timeout: 30_000, maxBuffer }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

/** The one line that a command prints; it must have succeeded. */
export async function line(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await gatePlatform(...args)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^[^\n]+\n$/)
  return stdout.trimEnd()
}

const running: ChildProcess[] = []

/** Starts `serve`; it is ended after the test. */
export async function startServer(...args: string[]) {
  const child = spawn(process.execPath, [cli, 'serve', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(child)
  child.stderr.resume()
  const [first] = await once(createInterface(child.stdout), 'line')
  const { url, pid } = Ready.parse(JSON.parse(String(first)))
  expect(pid).toBe(child.pid)
  return { url, child }
}

/** Starts a command that goes on with `--follow`; it is ended after the test. Gives the lines it prints, as JSON. */
export function follow(...args: string[]) {
  const child = spawn(process.execPath, [cli, ...args, '--follow'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(child)
  child.stderr.resume()
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return { next: async (): Promise<unknown> => JSON.parse(String((await lines.next()).value)) }
}

/** Gives the exit code. */
export async function stopServer(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM') {
  const exited = once(child, 'exit')
  child.kill(signal)
  return (await exited)[0]
}

afterEach(async () => {
  for (const child of running.splice(0))
    if (child.exitCode === null && child.signalCode === null) await stopServer(child)
})
afterAll(() => folder.remove())

export async function newSite(...where: string[]) {
  const site = await line('site', 'add', '--name', 'Bệnh viện Tây', '--kind', 'hospital', ...where)
  expect(site).toMatch(/^site_[0-9a-f]{32}$/)
  return site
}
