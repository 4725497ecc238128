import { randomUUID } from 'node:crypto'
import type Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { Store } from '../../../service/store/index.ts'
import type { KnownPerson } from '../../../service/store/people.ts'
import { recover } from '../../../service/store/recover.ts'
import { type Stored, seal, type VisitDraft } from '../../../service/store/row.ts'
import { tempFolder } from '../../support/folder.ts'
import { madeDraft, subjectOf } from '../../support/visits.ts'

export { subjectOf }

/** The visit of invented person `person` as a lane would hand it to the store. */
export function draftOf(person: number, changes: Partial<VisitDraft> = {}): VisitDraft {
  return { ...madeDraft(person), ...changes }
}

/** Stores one visit. */
export function append(
  store: Store,
  draft: VisitDraft,
  person: KnownPerson | null = null,
): Promise<Stored<VisitDraft>> {
  return store.visits.append(() => ({ draft, person }))
}

/** Opens the store of a data folder as a service does; it is closed after the test. */
export function openStore(dir: string, mode: 'write' | 'read' = 'write'): Store {
  const store = Store.open(dir, mode)
  if (typeof store === 'string') throw new Error(store)
  onTestFinished(() => store.close())
  return store
}

/** The same with the connection below it. */
export function openDatabase(dir: string): { store: Store; db: Database.Database } {
  const opened = recover(dir)
  if (opened.kind === 'refused') throw new Error(opened.why)
  const store = new Store({ ...opened, dir })
  onTestFinished(() => store.close())
  return { store, db: opened.db }
}

/** A store with this many visits of persons 1 to 255 and again, and the database below it. */
export function filled(visits: number): { store: Store; db: Database.Database; dir: string } {
  const dir = tempFolder()
  const { store, db } = openDatabase(dir)
  let head = store.visits.head()
  const entries = Array.from({ length: visits }, (_, i) => {
    const [, row] = seal(draftOf((i + 1) % 256), randomUUID(), head)
    head = row
    return { row, person: null }
  })
  store.visits.insert(entries)
  return { store, db, dir }
}
