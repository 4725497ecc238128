import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'
import type { Database } from './database.ts'

/**
 * PGlite starts PostgreSQL with `-F` (fsync off), and its file system ignores fsync: a commit reaches only the operating
 * system's cache, and a power cut loses acknowledged visits. This file system passes fsync on to the disk.
 */
class DurableFs extends NodeFS {
  override async init(...[pg, options]: Parameters<NodeFS['init']>) {
    const { emscriptenOpts } = await super.init(pg, options)
    const preRun: typeof emscriptenOpts.preRun = [
      ...(emscriptenOpts.preRun ?? []),
      ({ NODEFS }) => Object.assign(NODEFS.stream_ops, { fsync: syncStream(NODEFS) }),
    ]
    return { emscriptenOpts: { ...emscriptenOpts, preRun } }
  }
}

interface Stream {
  nfd?: number
  node: unknown
}

/** The file system opens no descriptor for a folder, so its path is opened for the call. */
function syncStream(nodefs: object) {
  return (stream: Stream) => {
    if (stream.nfd !== undefined) fsyncSync(stream.nfd)
    else if ('realPath' in nodefs && typeof nodefs.realPath === 'function') syncPath(nodefs.realPath(stream.node))
    return 0
  }
}

function syncPath(file: string) {
  // Windows cannot open a folder for fsync; NTFS journals its entries.
  if (process.platform === 'win32') return
  const fd = openSync(file, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

// The WebAssembly build has no fdatasync (it returns 0 at once), the default of wal_sync_method.
const startParams = [...PGlite.defaultStartParams.filter((param) => param !== '-F'), '-c', 'wal_sync_method=fsync']

/** Opens the database folder, and makes it first where there is none. One process at a time: see `lock.ts`. */
export async function openPglite(dir: string): Promise<Database> {
  if (!existsSync(dir)) await create(dir)
  const pglite = await PGlite.create({ fs: new DurableFs(dir), startParams, relaxedDurability: false })
  return {
    query: async (text, params) => (await pglite.query<unknown>(text, params)).rows,
    transaction: (work) =>
      pglite.transaction((open) =>
        work({ query: async (text, params) => (await open.query<unknown>(text, params)).rows }),
      ),
    close: () => pglite.close(),
  }
}

/** Made beside its place, flushed and renamed: a stop in the first seconds never leaves half a database. */
async function create(dir: string) {
  const unfinished = `${dir}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(path.dirname(dir), { recursive: true })
  const pglite = await PGlite.create(unfinished)
  await pglite.close()
  for (const entry of readdirSync(unfinished, { recursive: true, encoding: 'utf8' })) {
    syncPath(path.join(unfinished, entry))
  }
  // The database makes its files for everyone to read.
  chmodSync(unfinished, 0o700)
  syncPath(unfinished)
  renameSync(unfinished, dir)
  syncPath(path.dirname(dir))
}
