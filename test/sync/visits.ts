import { randomBytes, randomUUID } from 'node:crypto'
import { firstPrev, personalDigest, visitHash } from '../../sync/digest.ts'
import type { Rejected, Visit } from '../../sync/protocol.ts'
import type { Outbox } from '../../sync/uploader.ts'

/** The next visit of a chain; `padding` bytes that no compression shrinks make it as large as a test needs. */
export function nextVisit(last: Visit | undefined, padding = 0): Visit {
  const personal = {
    salt: randomBytes(16).toString('base64url'),
    subject: randomBytes(32).toString('base64url'),
    masked: { name: 'Nguyễn Văn ***', document: '******000001', birthYear: 1990 },
    sealed: padding === 0 ? null : randomBytes(padding).toString('base64url'),
  }
  const visit = {
    seq: (last?.seq ?? 0) + 1,
    id: randomUUID(),
    at: '2026-11-21T08:00:00.000+07:00',
    clock: { source: 'system', offsetMs: 0, boot: randomUUID(), upMs: 1000 } as const,
    gate: 'gate-a',
    lane: 'in',
    reader: 'r1',
    direction: 'in' as const,
    outcome: 'admitted' as const,
    reason: '',
    method: 'reader' as const,
    credential: { kind: 'cccd', verified: false },
    personal,
    digest: personalDigest(personal),
    operator: null,
    prev: last?.hash ?? firstPrev,
  }
  return { ...visit, hash: visitHash(visit) }
}

/** A visit log in memory. Visits may be taken out of it, as from a damaged file. */
export class MemoryOutbox implements Outbox {
  /** Nothing can be stored just now. */
  full = false
  closed = false
  readonly log = randomUUID()
  readonly visits: Visit[] = []
  readonly rejected = new Map<number, Rejected>()
  /** Every acknowledgement that was recorded, in order. */
  readonly acknowledged: number[] = []
  /** Called each time there was nothing to read. */
  onEmpty: () => void = () => {}

  constructor(count = 0) {
    this.add(count)
  }

  add(count: number, padding = 0): void {
    for (let i = 0; i < count; i++) this.visits.push(nextVisit(this.visits.at(-1), padding))
  }

  acked(): number {
    return this.acknowledged.at(-1) ?? 0
  }

  last(): number {
    return this.visits.at(-1)?.seq ?? 0
  }

  read(first: number, limit: number): Visit[] {
    const visits = this.visits.filter(({ seq }) => seq >= first).slice(0, limit)
    if (visits.length === 0) this.onEmpty()
    return visits
  }

  hashOf(seq: number): string | undefined {
    return this.visits.find((visit) => visit.seq === seq)?.hash
  }

  acknowledge(acked: number, rejected: readonly Rejected[]): boolean {
    if (this.full) return false
    this.acknowledged.push(acked)
    for (const entry of rejected) this.rejected.set(entry.seq, entry)
    return true
  }
}
