import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { syncFolder } from '../atomic-file.ts'
import { isStorageFault } from './fault.ts'
import type { FoundSegment } from './journal-files.ts'
import { journalFolder, segmentName } from './journal-files.ts'
import type { Head } from './row.ts'
import { type Entry, encodeEntry, encodeHeader, headerBytes } from './segment.ts'

/** Zeros written beforehand, so that a record's fdatasync has no metadata to write. */
const segmentBytes = 1024 * 1024

/** A gate whose platform is not heard keeps this many full segments: all that is older is in the database alone. */
const maxFull = 31

type Full = { readonly number: number; readonly path: string; readonly base: Head; readonly last: Head }

type Active = {
  readonly number: number
  readonly path: string
  readonly fd: number
  readonly size: number
  base: Head
  last: Head
  /** Where the next record goes. */
  end: number
  /** What lies between `end` and here was taken back, and is not zero yet. */
  dirtyTo: number
}

/**
 * The second copy of each visit, written and synced before the database takes it, and kept until the platform's receipt
 * covers it. Everything throws the system's error where the disk refuses.
 */
export class Journal {
  readonly #dir: string
  readonly #log: string
  #full: Full[] = []
  #active: Active | null = null
  #next = 1
  #before: { end: number; last: Head } | null = null

  /** `found`: the segments of this log, oldest first; the last one is gone on with where it ends at `head`. */
  constructor(dir: string, log: string, found: readonly FoundSegment[], head: Head) {
    this.#dir = journalFolder(dir)
    this.#log = log
    this.#full = found.map(({ number, path, base, last }) => ({ number, path, base, last }))
    const newest = found.at(-1)
    this.#next = (newest?.number ?? 0) + 1
    if (newest === undefined || newest.last.hash !== head.hash || newest.last.seq !== head.seq) return
    const { number, path, size, base, last, end } = newest
    const active = { number, path, fd: openSync(path, 'r+'), size, base, last, end, dirtyTo: size }
    this.#full.pop()
    this.#active = active
    // Torn records were never answered; left there, they might be taken for what follows the next one.
    clean(active)
  }

  /** Returns when the visits after `head` are on disk. */
  append(head: Head, entries: readonly Entry[]): void {
    const bytes = Buffer.concat(entries.map(encodeEntry))
    const last = entries.at(-1)?.row ?? head
    // What was taken back must be gone from the disk before anything follows it.
    if (this.#active !== null) clean(this.#active)
    const active = this.#withRoom(head, bytes.length)
    this.#before = { end: active.end, last: active.last }
    active.end += bytes.length
    active.last = { seq: last.seq, hash: last.hash }
    try {
      writeAll(active.fd, bytes, active.end - bytes.length)
      fdatasyncSync(active.fd)
    } catch (error) {
      this.takeBack()
      throw error
    }
    active.dirtyTo = active.end
  }

  /** Takes the last append back: the database did not keep it. Where that fails, nothing is taken before it succeeds. */
  takeBack(): void {
    const active = this.#active
    if (active === null || this.#before === null) return
    active.dirtyTo = Math.max(active.dirtyTo, active.end)
    active.end = this.#before.end
    active.last = this.#before.last
    this.#before = null
    try {
      clean(active)
    } catch (error) {
      if (!isStorageFault(error)) throw error
    }
  }

  /** Lets go of what the platform holds. */
  release(acked: number): void {
    this.#drop(({ last }) => last.seq <= acked)
    const active = this.#active
    if (active === null || active.last.seq > acked || active.end === headerBytes) return
    try {
      beginAnew(active, this.#log)
    } catch (error) {
      if (!isStorageFault(error)) throw error
      this.#retire(active)
    }
  }

  /** Lets go of every segment that holds a visit up to `seq`: its personal data was dropped from the database. */
  forget(seq: number): void {
    if (this.#active !== null && this.#active.base.seq < seq) this.#retire(this.#active)
    this.#drop(({ base }) => base.seq < seq)
  }

  /** The newest visit that may go for the journal to stay within its bound; null: it is. */
  get excess(): Head | null {
    return this.#full.at(-1 - maxFull)?.last ?? null
  }

  close(): void {
    if (this.#active !== null) closeSync(this.#active.fd)
    this.#active = null
  }

  /** The segment that takes this many bytes after `head`, a new one if need be. */
  #withRoom(head: Head, length: number): Active {
    const active = this.#active
    if (active !== null && active.last.hash === head.hash && active.end + length <= active.size) return active
    const fresh = create(this.#dir, this.#next, this.#log, head, Math.max(segmentBytes, headerBytes + length))
    this.#next++
    if (active !== null) this.#retire(active)
    this.#active = fresh
    return fresh
  }

  #retire({ number, path, fd, base, last }: Active) {
    closeSync(fd)
    this.#full.push({ number, path, base, last })
    this.#active = null
    this.#before = null
  }

  /** A segment that cannot be removed now will be asked for again. */
  #drop(which: (segment: Full) => boolean) {
    this.#full = this.#full.filter((segment) => {
      if (!which(segment)) return true
      try {
        rmSync(segment.path, { force: true })
        return false
      } catch {
        return true
      }
    })
  }
}

function create(dir: string, number: number, log: string, base: Head, size: number): Active {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, segmentName(number))
  const fd = openSync(path, 'w+', 0o600)
  try {
    const bytes = Buffer.alloc(size)
    encodeHeader(log, base).copy(bytes)
    writeAll(fd, bytes, 0)
    fsyncSync(fd)
    syncFolder(dir)
    return { number, path, fd, size, base, last: base, end: headerBytes, dirtyTo: headerBytes }
  } catch (error) {
    closeSync(fd)
    // On a full disk it would take the space that visits need.
    rmSync(path, { force: true })
    throw error
  }
}

/** Not synced: what reappears after a power cut is acknowledged, and in the database. */
function beginAnew(active: Active, log: string): void {
  const bytes = Buffer.alloc(Math.max(active.end, active.dirtyTo))
  encodeHeader(log, active.last).copy(bytes)
  writeAll(active.fd, bytes, 0)
  active.base = active.last
  active.end = headerBytes
  active.dirtyTo = headerBytes
}

function clean(active: Active): void {
  if (active.dirtyTo <= active.end) return
  writeAll(active.fd, Buffer.alloc(active.dirtyTo - active.end), active.end)
  fdatasyncSync(active.fd)
  active.dirtyTo = active.end
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, position + done)
}
