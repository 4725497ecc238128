import type Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { openForWriting } from '../../../service/store/database.ts'
import { Store } from '../../../service/store/index.ts'
import type { VisitDraft } from '../../../service/store/visits.ts'
import { sha256 } from '../../../sync/digest.ts'
import { tempFolder } from '../../support/folder.ts'

export const subjectOf = (person: number) => sha256(`person ${person}`)

/** The visit of invented person `person` as a lane would hand it to the store. */
export function draftOf(person: number, changes: Partial<VisitDraft> = {}): VisitDraft {
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
      sealed: null,
    },
    operator: null,
    ...changes,
  }
}

/** A store with this many visits, and the database below it. */
export function filled(visits: number): { store: Store; db: Database.Database; dir: string } {
  const dir = tempFolder()
  const opened = openForWriting(dir)
  if (opened.kind === 'refused') throw new Error(opened.why)
  const store = new Store(opened)
  onTestFinished(() => store.close())
  for (let n = 1; n <= visits; n++) store.visits.append(draftOf(n % 256))
  return { store, db: opened.db, dir }
}
