import { createRequire } from 'node:module'
import { join } from 'node:path'

type Doc = { _id: string; [member: string]: unknown }

/** What is used of PouchDB (https://pouchdb.com/api.html). */
interface Pouch {
  bulkDocs(docs: readonly Doc[]): Promise<readonly { ok?: boolean }[]>
  readonly replicate: {
    to(remote: string, options: { batch_size: number }): Promise<{ docs_written: number; doc_write_failures: number }>
  }
  close(): Promise<void>
}

export interface PouchClass {
  new (name: string): Pouch
  defaults(options: { prefix?: string; db?: unknown }): PouchClass
}

/** What is used of abstract-leveldown 7, which LevelDB's binding implements. */
interface Level {
  _put(key: unknown, value: unknown, options: object, done: unknown): void
  _del(key: unknown, options: object, done: unknown): void
  _batch(operations: unknown, options: object, done: unknown): void
}

/** Loads a package that is installed in `dir`. */
export function loaderOf(dir: string): NodeJS.Require {
  return createRequire(join(dir, 'package.json'))
}

/**
 * PouchDB as installed in `dir`, with databases below `prefix` and every write synced: PouchDB itself has no option for
 * that, so its LevelDB is opened here (`db` of its LevelDB adapter).
 */
export function durablePouch(dir: string, prefix: string): PouchClass {
  const load = loaderOf(dir)
  const leveldown: (path: string) => Level = load('leveldown')
  const pouch: PouchClass = load('pouchdb-node')
  const synced = (path: string) => {
    const level = leveldown(path)
    const { _put, _del, _batch } = level
    level._put = (key, value, options, done) => _put.call(level, key, value, { ...options, sync: true }, done)
    level._del = (key, options, done) => _del.call(level, key, { ...options, sync: true }, done)
    level._batch = (operations, options, done) => _batch.call(level, operations, { ...options, sync: true }, done)
    return level
  }
  return pouch.defaults({ prefix, db: synced })
}
