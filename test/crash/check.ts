import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { Store } from '../../service/store/index.ts'
import type { Row } from '../../service/store/row.ts'
import { firstPrev, sha256 } from '../../sync/digest.ts'

/** The visits that were shown green before the cut: log and number to hash. */
export type Shown = ReadonlyMap<string, string>

export type Verdict = { kind: 'good' } | { kind: 'lost'; visits: number } | { kind: 'corrupt'; why: string }

/** A file system in memory, where a start need not wait for a real disk. */
const memory = statSync('/dev/shm', { throwIfNoEntry: false }) === undefined ? tmpdir() : '/dev/shm'

/** Starts the store on what the power cut left, as a service does, and compares it with what was shown. */
export function check(files: ReadonlyMap<string, Buffer>, shown: Shown): Verdict {
  const dir = mkdtempSync(join(memory, 'crash-'))
  try {
    for (const [name, bytes] of files) lay(join(dir, name), bytes)
    return judge(dir, shown)
  } catch (error) {
    return { kind: 'corrupt', why: String(error) }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Most of a journal is zeros, which need not be written. */
function lay(path: string, bytes: Buffer) {
  let end = bytes.length
  while (end >= 4096 && bytes.subarray(end - 4096, end).equals(zeros)) end -= 4096
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes.subarray(0, end))
  if (end < bytes.length) truncateSync(path, bytes.length)
}
const zeros = Buffer.alloc(4096)

function judge(dir: string, shown: Shown): Verdict {
  const store = Store.open(dir, 'write')
  if (typeof store === 'string') return { kind: 'corrupt', why: store }
  try {
    const { id } = store.exchange.log()
    const rows = store.visits.rows(1, 1_000_000)
    const held = new Map(rows.map(({ seq, hash }) => [`${id} ${seq}`, hash]))
    const lost = [...shown].filter(([visit, hash]) => held.get(visit) !== hash).length
    if (lost > 0) return { kind: 'lost', visits: lost }
    if (store.damaged) return { kind: 'corrupt', why: store.report.join() }
    const broken = rows.find((row, i) => !joins(row, rows[i - 1]))
    if (broken !== undefined) return { kind: 'corrupt', why: `visit ${broken.seq} does not join` }
  } finally {
    store.close()
  }
  return pagesOf(dir)
}

/** The chain alone: thousands of states are checked. */
function joins({ seq, body, hash }: Row, before: Row | undefined): boolean {
  const { prev } = JSON.parse(body)
  return seq === (before?.seq ?? 0) + 1 && prev === (before?.hash ?? firstPrev) && sha256(body) === hash
}

function pagesOf(dir: string): Verdict {
  const db = new Database(join(dir, 'gate.db'), { readonly: true })
  const why = db.pragma('quick_check', { simple: true })
  db.close()
  return why === 'ok' ? { kind: 'good' } : { kind: 'corrupt', why: String(why) }
}
