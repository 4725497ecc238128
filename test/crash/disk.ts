import type { Operation } from './trace.ts'

const sectorBytes = 512

/** `dropped`: nothing unsynced is left; `kept`: all of it; `torn`: each sector of it by chance, names up to some point. */
export type Fate = 'dropped' | 'kept' | 'torn'

type FileWrite = Extract<Operation, { kind: 'write' | 'truncate' }>
type NameChange = Extract<Operation, { kind: 'create' | 'unlink' | 'rename' }>

/** A file as the system knows it, whatever its names are. */
type Inode = { synced: Buffer; pending: FileWrite[] }

/** Makes one of the states in which the power may leave the disk. */
export type Chance = { below(limit: number): number }

/**
 * A disk that keeps what was synced and, of everything else, whatever it likes: of what was written to a file any sectors in
 * any combination; of the changes of names, those up to some point, as a journalling file system writes them. A file's sync
 * brings its own name along, as it does on ext4 and on every file system that databases are used on.
 *
 * Not modelled: disks that lie about a sync, and writes of a size that a sector does not hold whole.
 */
export class Disk {
  #inodes: Inode[] = []
  /** Names as the running system sees them, and as they are on the disk. */
  readonly #live = new Map<string, Inode>()
  #named = new Map<string, Inode>()
  #changes: { change: NameChange; inode: Inode | undefined }[] = []

  do(operation: Exclude<Operation, { kind: 'ack' }>): void {
    switch (operation.kind) {
      case 'create':
        if (!this.#live.has(operation.file)) this.#create(operation)
        break
      case 'write':
        this.#write(operation)
        break
      case 'truncate':
        this.#inode(operation.file).pending.push(operation)
        break
      case 'sync':
        this.#sync(operation.file)
        break
      case 'unlink':
        this.#changes.push({ change: operation, inode: this.#live.get(operation.file) })
        this.#live.delete(operation.file)
        break
      case 'rename':
        this.#rename(operation)
    }
  }

  /** The files after a power cut now. */
  after(fate: Fate, chance: Chance): Map<string, Buffer> {
    const share = 1 + chance.below(99)
    const contents = new Map<Inode, Buffer>()
    for (const inode of this.#inodes)
      contents.set(
        inode,
        contentOf(inode, fate, () => chance.below(100) < share),
      )
    const made =
      fate === 'dropped' ? 0 : fate === 'kept' ? this.#changes.length : chance.below(this.#changes.length + 1)
    const names = new Map(this.#named)
    for (const { change, inode } of this.#changes.slice(0, made)) apply(names, change, inode)
    return new Map([...names].map(([name, inode]) => [name, contents.get(inode) ?? inode.synced]))
  }

  #create(change: NameChange) {
    const inode = { synced: Buffer.alloc(0), pending: [] }
    this.#inodes.push(inode)
    this.#live.set(change.file, inode)
    this.#changes.push({ change, inode })
  }

  #write(operation: Extract<Operation, { kind: 'write' }>) {
    const inode = this.#inode(operation.file)
    const at = operation.at >= 0 ? operation.at : contentOf(inode, 'kept', () => true).length
    inode.pending.push({ ...operation, at })
  }

  #sync(file: string) {
    const inode = this.#live.get(file)
    const upTo =
      inode === undefined ? this.#changes.length : 1 + this.#changes.findLastIndex((at) => at.inode === inode)
    for (const { change, inode: of } of this.#changes.splice(0, upTo)) apply(this.#named, change, of)
    if (inode === undefined) return
    inode.synced = contentOf(inode, 'kept', () => true)
    inode.pending = []
    // What no name leads to any more cannot come back.
    this.#inodes = this.#inodes.filter((one) => [...this.#live.values(), ...this.#named.values()].includes(one))
  }

  #rename(change: Extract<Operation, { kind: 'rename' }>) {
    const inode = this.#inode(change.file)
    this.#changes.push({ change, inode })
    this.#live.delete(change.file)
    this.#live.set(change.to, inode)
  }

  #inode(file: string): Inode {
    const inode = this.#live.get(file)
    if (inode === undefined) throw new Error(`expected a file ${file}`)
    return inode
  }
}

function apply(names: Map<string, Inode>, change: NameChange, inode: Inode | undefined) {
  if (inode === undefined) return
  switch (change.kind) {
    case 'create':
      names.set(change.file, inode)
      break
    case 'unlink':
      names.delete(change.file)
      break
    case 'rename':
      names.delete(change.file)
      names.set(change.to, inode)
  }
}

/** `keeps` decides for a sector, and for a change of the size. */
function contentOf({ synced, pending }: Inode, fate: Fate, keeps: () => boolean): Buffer {
  if (fate === 'dropped' || pending.length === 0) return synced
  const kept = fate === 'kept' ? () => true : keeps
  const most = Math.max(
    synced.length,
    ...pending.map((one) => (one.kind === 'write' ? one.at + one.data.length : one.size)),
  )
  const bytes = Buffer.alloc(most)
  synced.copy(bytes)
  let size = synced.length
  for (const one of pending) {
    if (one.kind === 'truncate') {
      if (!kept()) continue
      bytes.fill(0, one.size)
      size = one.size
      continue
    }
    for (let at = one.at; at < one.at + one.data.length; ) {
      const next = Math.min(one.at + one.data.length, at - (at % sectorBytes) + sectorBytes)
      if (kept()) {
        one.data.copy(bytes, at, at - one.at, next - one.at)
        size = Math.max(size, next)
      }
      at = next
    }
  }
  return bytes.subarray(0, size)
}
