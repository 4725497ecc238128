import { Store } from '../service/store/index.ts'
import type { StoredVisit } from '../service/store/visits.ts'

const everyMs = 500
const pageSize = 100

/** Tells of every visit of the gate's log that the platform acknowledges from now on. */
export function followLog(dir: string, say: (line: string) => void): { stop(): void } {
  let store: Store | null = null
  let next = 1
  const timer = setInterval(() => {
    if (store === null) {
      // The gate may not have made its database yet.
      const opened = Store.open(dir, 'read')
      if (typeof opened === 'string') return
      store = opened
      next = store.exchange.log().acked + 1
    }
    for (const visit of store.listed(next, pageSize)) {
      if (visit.platform === 'waiting') return
      say(toLine(visit))
      next = visit.seq + 1
    }
  }, everyMs)
  return {
    stop() {
      clearInterval(timer)
      store?.close()
    },
  }
}

function toLine({ seq, at, direction, outcome, reason, credential, personal, platform }: StoredVisit): string {
  const name = personal?.masked.name ?? '-'
  const cells = [`#${seq}`.padEnd(6), at.slice(11, 19), direction.padEnd(3), outcome.padEnd(8), reason.padEnd(9)]
  return [...cells, credential.kind.padEnd(7), platform, name].join('  ')
}
