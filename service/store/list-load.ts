import { rmSync } from 'node:fs'
import type { ListLoad, Trouble } from '../../sync/lists.ts'
import { isDamage, isStorageFault } from './fault.ts'
import type { Entries, ListFile, ListState } from './list-file.ts'

/** More than any site has: a list without an end must not fill the disk. */
const maxEntries = 5_000_000
/** They are held in memory until the list is right. After more of them the whole list is fetched. */
const maxChanges = 100_000

type Parts =
  /** `open`: null where the list is not there any more. */
  | { readonly kind: 'changes'; open(): ListFile | null }
  /** `place` puts a file that was built in force, and closes it before. */
  | { readonly kind: 'whole'; open(): ListFile; place(built: ListFile): Promise<void> }

const stopped: Trouble = { kind: 'failed', why: 'its load was ended' }

/** Fills a file with a list, or with what changed of it. */
export class FileLoad implements ListLoad {
  readonly #parts: Parts
  #file: ListFile | null = null
  #count = 0
  ended = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  take(entries: Entries): Promise<Trouble | null> {
    return this.#guarded(async (file) => {
      this.#count += entries.add.length + entries.remove.length
      const most = this.#parts.kind === 'whole' ? maxEntries : maxChanges
      if (this.#count > most) return tooMany(most)
      await file.take(entries)
      return null
    })
  }

  finish(state: ListState): Promise<Trouble | null> {
    return this.#guarded(async (file) => {
      const total = await file.total()
      if (total === null) return null
      if (total.count > maxEntries) return tooMany(maxEntries)
      if (total.digest !== state.digest)
        return { kind: 'differs', why: `its entries have the digest ${total.digest}, expected ${state.digest}` }
      if (!(await file.settle(state))) return null
      if (this.#parts.kind === 'whole') await this.#parts.place(file)
      this.#file = null
      return null
    })
  }

  drop(): void {
    this.ended = true
    const file = this.#file
    this.#file = null
    if (file === null) return
    if (this.#parts.kind === 'changes') file.undo()
    else {
      file.close()
      rmSync(file.path, { force: true })
    }
  }

  async #guarded(use: (file: ListFile) => Promise<Trouble | null>): Promise<Trouble | null> {
    if (this.ended) return stopped
    try {
      this.#file ??= this.#parts.open()
      if (this.#file === null) return stopped
      const trouble = await use(this.#file)
      return trouble === null && this.ended ? stopped : trouble
    } catch (error) {
      if (!isStorageFault(error)) throw error
      // A file that is damaged takes no changes: the whole list is a new one.
      return { kind: isDamage(error) ? 'differs' : 'failed', why: error.message }
    }
  }
}

function tooMany(most: number): Trouble {
  return { kind: 'differs', why: `it has more than ${most} entries` }
}
