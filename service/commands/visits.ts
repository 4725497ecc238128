import { isStorageFault } from '../store/fault.ts'
import { Store } from '../store/index.ts'
import type { StoredVisit } from '../store/visits.ts'
import { dataFolder } from './data-folder.ts'
import { failed } from './failed.ts'

const pageSize = 500

/** `gate-kiosk visits`: the log, oldest first; as a JSON array with one visit a line, or as a table. */
export function listVisits(options: { data?: string; json: boolean }): number {
  const store = Store.open(dataFolder(options), 'read')
  if (typeof store === 'string') return failed(store)
  const line = options.json ? (visit: StoredVisit) => JSON.stringify(visit) : toRow
  const [open, between, close] = options.json ? ['[', ',\n', ']\n'] : ['', '\n', '\n']
  process.stdout.write(open)
  let next = 1
  let why: string | null = null
  for (;;) {
    const visits = readable(store, next)
    if (typeof visits === 'string') why = `the visits from ${next} on cannot be read: ${visits}`
    if (typeof visits === 'string' || visits.length === 0) break
    process.stdout.write((next === 1 ? '' : between) + visits.map(line).join(between))
    next += visits.length
  }
  process.stdout.write(close)
  store.close()
  return why === null ? 0 : failed(why)
}

/** A string says why this page cannot be read. */
function readable(store: Store, first: number): StoredVisit[] | string {
  try {
    return store.listed(first, pageSize)
  } catch (error) {
    if (!isStorageFault(error)) throw error
    return error.message
  }
}

/** `gate-kiosk verify`: `ok N visits`, or the first broken number and exit code 1. */
export function verifyLog(options: { data?: string }): number {
  const store = Store.open(dataFolder(options), 'read')
  if (typeof store === 'string') return failed(store)
  const result = store.verify()
  store.close()
  process.stdout.write(
    result.kind === 'ok' ? `ok ${result.visits} visits\n` : `broken at ${result.seq}: ${result.why}\n`,
  )
  return result.kind === 'ok' ? 0 : 1
}

function toRow(visit: StoredVisit): string {
  const { seq, at, lane, direction, outcome, reason, credential, platform } = visit
  const name = visit.personal?.masked.name ?? '-'
  const cells = [
    String(seq).padStart(6),
    at,
    lane,
    direction.padEnd(3),
    outcome.padEnd(8),
    reason || '-',
    credential.kind,
  ]
  return printable([...cells, platform, name].join('  '))
}

/** A code may carry control characters, and a terminal would obey them. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD')
}
