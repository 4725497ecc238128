import type { VisitDraft } from '../../service/store/row.ts'
import { sha256 } from '../../sync/digest.ts'

export const subjectOf = (person: number) => sha256(`person ${person}`)

/** The visit of invented person `person` as a lane would hand it to the store. */
export function madeDraft(person: number, sealed: string | null = null): VisitDraft {
  return {
    at: new Date(Date.parse('2026-11-21T01:30:00Z') + person * 1000).toISOString(),
    clock: { source: 'system', offsetMs: 0, boot: '00000000-0000-4000-8000-000000000001', upMs: person * 1000 },
    gate: 'gate-1',
    lane: 'lane-1',
    reader: 'usb',
    direction: 'in',
    outcome: 'admitted',
    reason: '',
    method: 'reader',
    credential: { kind: 'cccd', verified: false },
    personal: {
      salt: Buffer.alloc(16, person).toString('base64url'),
      subject: subjectOf(person),
      masked: { name: 'Nguyễn Văn ***', document: `******${String(person).padStart(6, '0')}`, birthYear: 1990 },
      sealed,
    },
    operator: null,
  }
}
