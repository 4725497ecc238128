import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Head } from './row.ts'
import { decodeSegment, type Entry } from './segment.ts'

export function journalFolder(dir: string): string {
  return join(dir, 'journal')
}

export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.segment`
}

/** A segment as it was found on the disk; `last` is the newest visit in it, `base` where there is none. */
export type FoundSegment = {
  readonly number: number
  readonly path: string
  /** In bytes. */
  readonly size: number
  readonly log: string
  readonly base: Head
  readonly last: Head
  /** Where its last whole record ends, in bytes. */
  readonly end: number
}

/** `unreadable`: its header is not whole. A power cut while it was made leaves such a one, and damage. */
export type JournalFile =
  | { kind: 'segment'; segment: FoundSegment; entries: readonly Entry[] }
  | { kind: 'unreadable'; path: string }

/** What the journal's folder holds, oldest first, one file in memory at a time. Throws where a file cannot be read. */
export function* readJournal(dir: string): Generator<JournalFile> {
  const folder = journalFolder(dir)
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder).toSorted()) {
    const number = /^(\d+)\.segment$/.exec(name)?.[1]
    if (number === undefined) continue
    const path = join(folder, name)
    const bytes = readFileSync(path)
    const decoded = decodeSegment(bytes)
    if (decoded === null) {
      yield { kind: 'unreadable', path }
      continue
    }
    const { log, base, entries, end } = decoded
    const { seq, hash } = entries.at(-1)?.row ?? base
    const last = { seq, hash }
    yield {
      kind: 'segment',
      segment: { number: Number(number), path, size: bytes.length, log, base, last, end },
      entries,
    }
  }
}
