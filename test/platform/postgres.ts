import { execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const bin = process.env['PG_BIN'] ?? '/usr/lib/postgresql/15/bin'

const startMs = 30_000

export interface Cluster {
  url: string
  /** Of the server process. */
  pid: number
  stop(): Promise<void>
}

/** A PostgreSQL cluster of its own, in a new folder and on a free port. */
export async function startCluster(): Promise<Cluster> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gate-postgres-'))
  chmodSync(dir, 0o755)
  const data = path.join(dir, 'data')
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres', dir])
  run('initdb', ['-D', data, '-U', 'gate', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'])
  const port = await freePort()
  const [command, args] = asUser('postgres', ['-D', data, '-p', String(port), '-k', dir, '-h', '127.0.0.1'])
  const server = spawn(command, args, { stdio: 'ignore', cwd: '/' } satisfies SpawnOptions)
  const exited = once(server, 'exit')
  const client = ['-h', dir, '-p', String(port), '-U', 'gate']
  await untilReady(client)
  run('createdb', [...client, 'gate'])
  return {
    url: `postgres://gate@127.0.0.1:${port}/gate`,
    pid: Number(readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0]),
    stop: async () => {
      // runuser does not pass signals on to the server.
      run('pg_ctl', ['stop', '-D', data, '-m', 'immediate'])
      await exited
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function untilReady(client: string[]) {
  const last = Date.now() + startMs
  while (Date.now() < last) {
    try {
      return run('pg_isready', client)
    } catch {
      await pause(100)
    }
  }
  throw new Error(`PostgreSQL was not ready after ${startMs / 1000} s`)
}

/** PostgreSQL refuses to run as root. */
function asUser(program: string, args: string[]): [string, string[]] {
  const file = path.join(bin, program)
  return process.getuid?.() === 0 ? ['runuser', ['-u', 'postgres', '--', file, ...args]] : [file, args]
}

function run(program: string, args: string[]) {
  const [command, all] = asUser(program, args)
  execFileSync(command, all, { stdio: 'pipe', cwd: '/' })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  server.close()
  await once(server, 'close')
  return address.port
}
