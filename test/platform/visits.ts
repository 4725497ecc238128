import { firstPrev, personalDigest, visitHash } from '../../sync/digest.ts'
import type { Personal, Visit } from '../../sync/protocol.ts'

const personal = {
  salt: 'AAAAAAAAAAAAAAAAAAAAAA',
  subject: null,
  masked: { name: 'Nguyễn Văn ***', document: '******000001', birthYear: 1990, ward: 'unknown member' },
  sealed: null,
}

/** A visit as sent: right, unless the test made it wrong. */
export interface Sent {
  seq: number
  hash: string
  [member: string]: unknown
}

type Change = (visit: Omit<Visit, 'hash'>) => Record<string, unknown>

/** `count` visits that join; `change` may alter one before its hash is made. */
export function visitLog(count: number, change: Change = (visit) => visit): Sent[] {
  const visits: Sent[] = []
  for (let seq = 1; seq <= count; seq++) {
    const body = plainVisit(seq, visits.at(-1)?.hash ?? firstPrev)
    const changed = { ...body, ...change(body) }
    visits.push({ ...changed, seq, hash: visitHash(changed) })
  }
  return visits
}

function plainVisit(seq: number, prev: string): Omit<Visit, 'hash'> {
  const tail = String(seq).padStart(12, '0')
  return {
    seq,
    id: `019a0000-0000-7000-8000-${tail}`,
    at: '2026-11-21T08:00:00.000+07:00',
    clock: { source: 'platform', offsetMs: 12, boot: '2b6f0cc9-04e0-4b06-8a4c-6a3c1d1f7a10', upMs: seq * 1000 },
    gate: 'gate_test',
    lane: 'main',
    reader: 'reader-1',
    direction: 'in',
    outcome: 'admitted',
    reason: '',
    method: 'reader',
    credential: { kind: 'signed', verified: true },
    personal,
    digest: personalDigest(personal),
    operator: null,
    prev,
  }
}

/** The members of a visit that tell of a person. */
export function told(subject: string | null, masked: Personal['masked'] = {}) {
  const of = { ...personal, subject, masked }
  return { personal: of, digest: personalDigest(of) }
}
