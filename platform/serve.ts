import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { Logger } from 'pino'
import type { Platform } from './admin.ts'
import { type AdminFile, adminFileIn, lastAdminFile, removeAdminFile, writeAdminFile } from './admin-file.ts'
import { createApi } from './api.ts'
import type { Database } from './database.ts'
import { loadKeys } from './keys.ts'
import { lockFolder } from './lock.ts'
import { migrate } from './migrations.ts'
import { openPglite } from './pglite.ts'
import { openPostgres } from './postgres.ts'

export type Storage = { kind: 'data'; dir: string } | { kind: 'database'; url: string }

export interface ServeOptions {
  storage: Storage
  host: string
  /** 0: any free port. */
  port: number
  /** Public base URL; the listening URL when absent. */
  url?: string | undefined
}

export interface Server {
  /** Where it listens. */
  url: string
  platform: Platform
  close(): Promise<void>
}

/** Starts the platform. Throws where the storage or the port cannot be had. */
export async function serve(options: ServeOptions, log: Logger): Promise<Server> {
  const database = await open(options.storage)
  await migrate(database)
  const keys = await loadKeys(database)
  const adminKey = randomBytes(32).toString('base64url')
  const platform = { database, keys }
  const api = createApi(platform, adminKey, log)
  await api.listen({ host: options.host, port: options.port })
  const url = listeningUrl(options.host, api.server.address())
  await database.query('update platform set url = $1', [options.url ?? url])
  const files = announce(options.storage, { url, key: adminKey, pid: process.pid }, log)
  const close = async () => {
    for (const file of files) removeAdminFile(file, adminKey)
    await api.close()
    await database.close()
  }
  return { url, platform, close }
}

/** Writes the files by which the commands find this server. */
function announce(storage: Storage, content: AdminFile, log: Logger): string[] {
  const files = storage.kind === 'data' ? [adminFileIn(storage.dir)] : []
  for (const file of files) writeAdminFile(file, content)
  try {
    writeAdminFile(lastAdminFile(), content)
    return [...files, lastAdminFile()]
  } catch {
    // A service account may have no home; `--data` and `--database` still find the server.
    log.warn({ file: lastAdminFile() }, 'cannot write: commands need --data or --database')
    return files
  }
}

async function open(storage: Storage): Promise<Database> {
  switch (storage.kind) {
    case 'database':
      return openPostgres(storage.url)
    case 'data': {
      mkdirSync(storage.dir, { recursive: true, mode: 0o700 })
      const lock = await lockFolder(storage.dir)
      const database = await openPglite(path.join(storage.dir, 'database'))
      const close = async () => {
        await database.close()
        lock.release()
      }
      return { ...database, close }
    }
  }
}

function listeningUrl(host: string, address: AddressInfo | string | null) {
  if (address === null || typeof address === 'string') throw new Error('expected to listen on a TCP port')
  // A wildcard is where to listen, not where to connect.
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${address.port}`
}
