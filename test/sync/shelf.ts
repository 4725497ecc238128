import { firstPrev, visitHash } from '../../sync/digest.ts'
import { Batch, type Refusal, type Rejected, Visit } from '../../sync/protocol.ts'

type Stored =
  | { kind: 'stored'; acked: number; hash: string; rejected: Rejected[] }
  | { kind: 'refused'; refusal: Refusal }

/** What the platform holds, log by log: in order, each visit once, the chain joined. */
export class Shelf {
  /** These are rejected. */
  readonly refused = new Set<number>()
  /** Every storing of a visit that was not held yet, in order. */
  readonly stored: number[] = []
  readonly #logs = new Map<string, Visit[]>()

  held(log: string): Visit[] {
    return this.#logs.get(log) ?? []
  }

  /** As a platform that was restored from a backup: what came after `seq` is gone. */
  restore(log: string, seq: number): void {
    this.#logs.set(log, this.held(log).slice(0, seq))
  }

  put({ log, first, visits }: Batch): Stored {
    const held = [...this.held(log)]
    if (first > held.length + 1) return { kind: 'refused', refusal: { code: 'gap', expected: held.length + 1 } }
    const rejected: Rejected[] = []
    for (const sent of visits) {
      const visit = Visit.parse(sent)
      const joins = visit.prev === (held[visit.seq - 2]?.hash ?? firstPrev) && visit.hash === visitHash(visit)
      const same = held[visit.seq - 1]?.hash ?? visit.hash
      if (!joins || same !== visit.hash) return { kind: 'refused', refusal: { code: 'fork', seq: visit.seq } }
      if (this.refused.has(visit.seq))
        rejected.push({ seq: visit.seq, code: 'bad-visit', detail: 'expected otherwise' })
      if (held.length >= visit.seq) continue
      held.push(visit)
      this.stored.push(visit.seq)
    }
    this.#logs.set(log, held)
    return { kind: 'stored', acked: held.length, hash: held.at(-1)?.hash ?? firstPrev, rejected }
  }
}

/** Null: not a batch as the protocol has it: ascending, without a hole, at most 500 visits. */
export function batchOf(body: Buffer): Batch | null {
  const parsed = Batch.safeParse(JSON.parse(body.toString()))
  if (!parsed.success) return null
  const { first, visits } = parsed.data
  return visits.every(({ seq }, i) => seq === first + i) ? parsed.data : null
}
