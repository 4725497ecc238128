import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../../sync/digest.ts'
import type { ListLoad, ListShelf } from '../../sync/lists.ts'
import type { ListRef } from '../../sync/protocol.ts'
import { syncFolder } from '../atomic-file.ts'
import { isDamage, isStorageFault } from './fault.ts'
import { ListFile, type ListState } from './list-file.ts'
import { FileLoad } from './list-load.ts'

/**
 * The policy's large lists, each a file beside the database: the platform has them too, so that they swell neither the log
 * nor its backups. A whole list is a new file, `<name>-<number>.db`; the highest number is in force.
 */
export class Lists implements ListShelf {
  readonly #dir: string
  readonly #mode: 'use' | 'read'
  readonly #report: (what: string) => void
  #closed = false
  #wanted: readonly ListRef[] = []
  /** Opened when they are first asked; null: there is none. */
  readonly #files = new Map<string, ListFile | null>()
  readonly #loads = new Map<string, FileLoad>()

  /** `dir`: the data folder. `mode`: `read` beside a service at work. */
  constructor(dir: string, mode: 'use' | 'read', report: (what: string) => void) {
    this.#dir = join(dir, 'lists')
    this.#mode = mode
    this.#report = report
  }

  wanted(): readonly ListRef[] {
    return this.#wanted
  }

  /** What the policy in force refers to; every other list is removed. */
  want(refs: readonly ListRef[]): void {
    this.#wanted = refs
    if (this.#mode === 'read') return
    const wanted = new Set(refs.map(({ list }) => list))
    for (const name of new Set(this.#found().map((file) => file.name))) if (!wanted.has(name)) this.#remove(name)
  }

  held(name: string): ListState {
    return this.#ask(name, (file) => file.state) ?? { version: 0, digest: '' }
  }

  /** A list that is not held, or cannot be read, has nothing: the gate goes on without it until it is fetched. */
  has(name: string, entry: string): boolean {
    return this.#ask(name, (file) => file.has(JSON.stringify(entry))) ?? false
  }

  /** The entries of a list of objects that have this `subject`, as JSON. */
  about(name: string, subject: string): string[] {
    return this.#ask(name, (file) => file.about(subject)) ?? []
  }

  load(name: string, kind: 'whole' | 'changes'): ListLoad {
    this.#loads.get(name)?.drop()
    const place = (built: ListFile) => this.#place(name, built)
    const load =
      kind === 'whole'
        ? new FileLoad({ kind, open: () => this.#build(name), place })
        : new FileLoad({ kind, open: () => this.#opened(name) })
    this.#loads.set(name, load)
    return load
  }

  /**
   * The policy in force holds the entries `before`, and the next one refers to a list instead: they stay in force until that
   * list is here.
   */
  async seed(before: readonly string[] | ListRef, next: readonly string[] | ListRef): Promise<void> {
    if (isRef(before) || !isRef(next) || before.length === 0) return
    const add = [...new Set(before)].map((entry) => JSON.stringify(entry)).toSorted()
    const load = this.load(next.list, 'whole')
    const digest = sha256(add.join('\n'))
    const trouble = (await load.take({ add, remove: [] })) ?? (await load.finish({ version: 0, digest }))
    load.drop()
    if (trouble !== null) this.#report(`the list ${next.list} cannot be kept: ${trouble.why}`)
  }

  close(): void {
    this.#closed = true
    for (const load of this.#loads.values()) load.drop()
    for (const file of this.#files.values()) file?.close()
    this.#files.clear()
  }

  #build(name: string): ListFile {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 })
    const path = join(this.#dir, `${name}.part`)
    rmSync(path, { force: true })
    return new ListFile(path, 'built')
  }

  async #place(name: string, built: ListFile): Promise<void> {
    built.close()
    // Waited for elsewhere than in the turn of the event loop in which somebody may pass.
    const file = await open(built.path, 'r+')
    await file.sync().finally(() => file.close())
    const older = this.#found().filter((each) => each.name === name && each.number !== null)
    const number = Math.max(0, ...older.map((each) => each.number ?? 0)) + 1
    renameSync(built.path, join(this.#dir, `${name}-${number}.db`))
    syncFolder(this.#dir)
    this.#files.get(name)?.close()
    this.#files.delete(name)
    for (const { path } of older) removeFile(path)
  }

  #ask<Value>(name: string, ask: (file: ListFile) => Value): Value | null {
    const file = this.#opened(name)
    try {
      return file === null ? null : ask(file)
    } catch (error) {
      if (!isStorageFault(error)) throw error
      this.#report(`the list ${name} cannot be read: ${error.message}`)
      if (isDamage(error) && this.#mode === 'use') this.#remove(name)
      return null
    }
  }

  #opened(name: string): ListFile | null {
    const known = this.#files.get(name)
    if (known !== undefined) return known
    if (this.#closed) return null
    const newest = this.#found()
      .filter((each) => each.name === name && each.number !== null)
      .toSorted((a, b) => (b.number ?? 0) - (a.number ?? 0))[0]
    const file = newest === undefined ? null : this.#open(newest)
    this.#files.set(name, file)
    return file
  }

  #open({ name, path }: Found): ListFile | null {
    try {
      return new ListFile(path, this.#mode)
    } catch (error) {
      if (!isStorageFault(error)) throw error
      this.#report(`the list ${name} cannot be opened: ${error.message}`)
      return null
    }
  }

  #remove(name: string) {
    this.#loads.get(name)?.drop()
    this.#loads.delete(name)
    this.#files.get(name)?.close()
    this.#files.delete(name)
    for (const file of this.#found()) if (file.name === name) removeFile(file.path)
  }

  #found(): Found[] {
    const names = orNone(() => readdirSync(this.#dir))
    return names.flatMap((file) => {
      const [, name, number] = /^([a-z]{1,32})(?:-([0-9]{1,15})\.db|\.part)$/.exec(file) ?? []
      if (name === undefined) return []
      return [{ name, number: number === undefined ? null : Number(number), path: join(this.#dir, file) }]
    })
  }
}

/** `number`: null for a list that is being built. */
type Found = { readonly name: string; readonly number: number | null; readonly path: string }

function isRef(list: readonly string[] | ListRef): list is ListRef {
  return 'list' in list
}

function removeFile(path: string) {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
}

function orNone(read: () => string[]): string[] {
  try {
    return read()
  } catch (error) {
    if (!isStorageFault(error)) throw error
    return []
  }
}
