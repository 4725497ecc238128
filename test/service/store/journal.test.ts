import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readJournal } from '../../../service/store/journal-files.ts'
import type { Entry } from '../../../service/store/segment.ts'
import { filesIn, tempFolder } from '../../support/folder.ts'
import { append, draftOf, filled, openStore } from './drafts.ts'

/** Everything that the journal of this folder holds, oldest first. */
function entriesIn(dir: string): Entry[] {
  return [...readJournal(dir)].flatMap((file) => (file.kind === 'segment' ? [...file.entries] : []))
}

/** Where the last record of the newest segment ends. */
function endOf(dir: string): number {
  const file = [...readJournal(dir)].at(-1)
  return file?.kind === 'segment' ? file.segment.end : 0
}

const segments = (dir: string) =>
  filesIn(dir)
    .filter((path) => path.endsWith('.segment'))
    .toSorted()

/** A store whose visits 1 to `count` went through its journal. */
async function journaled(count: number) {
  const { store, dir, db } = filled(0)
  await Promise.all(Array.from({ length: count }, (_, i) => append(store, draftOf(i + 1))))
  return { store, dir, db }
}

describe('the journal', () => {
  it('holds each visit byte for byte as the database does, with whom the code told of', async () => {
    const { store, dir } = filled(0)
    const person = { subject: 'a', documented: true, known: ['a', 'b'] }
    await append(store, draftOf(1), person)
    await Promise.all([2, 3].map((n) => append(store, draftOf(n))))
    expect(entriesIn(dir).map(({ row }) => row)).toEqual(store.visits.rows(1, 9))
    expect(entriesIn(dir).map((entry) => entry.person)).toEqual([person, null, null])
  })

  it('gives back a visit that the database did not keep', async () => {
    const { store, dir, db } = await journaled(3)
    // A foreign key that is looked at last lets the transaction through to its commit.
    db.exec(`CREATE TABLE held (seq INTEGER REFERENCES visits (seq) DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER orphan AFTER INSERT ON visits BEGIN INSERT INTO held VALUES (-1); END`)
    await expect(append(store, draftOf(4))).rejects.toThrow(/FOREIGN KEY/)
    db.exec('DROP TRIGGER orphan')
    expect(entriesIn(dir)).toHaveLength(3)
    await append(store, draftOf(5))
    expect(entriesIn(dir).map(({ row }) => row)).toEqual(store.visits.rows(1, 9))
  })

  it('keeps what the platform does not hold, and nothing when it holds all', async () => {
    const { store, dir } = await journaled(3)
    const outbox = store.outbox(() => {})
    outbox.acknowledge(2, [])
    expect(entriesIn(dir)).toHaveLength(3)
    outbox.acknowledge(3, [])
    expect(entriesIn(dir)).toEqual([])
    expect(readFileSync(segments(dir)[0] ?? '', 'latin1')).not.toContain('admitted')
    await append(store, draftOf(4))
    expect(entriesIn(dir).map(({ row }) => row.seq)).toEqual([4])
  })

  it('goes on in a new segment when one is full, and lets go of each that the platform holds', async () => {
    const { store, dir } = filled(0)
    for (let n = 1; n <= 25; n++) await append(store, large(n))
    expect(segments(dir)).toHaveLength(3)
    expect(entriesIn(dir).map(({ row }) => row.seq)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1))
    store.outbox(() => {}).acknowledge(15, [])
    expect(entriesIn(dir)[0]?.row.seq).toBeGreaterThan(10)
    expect(segments(dir)).toHaveLength(2)
  })

  it('takes a visit larger than a segment', async () => {
    const { store, dir } = filled(0)
    const { personal } = draftOf(1)
    await append(store, draftOf(1, { personal: { ...personal, sealed: 'x'.repeat(3_000_000) } }))
    expect(entriesIn(dir).map(({ row }) => row)).toEqual(store.visits.rows(1, 9))
  })

  it('keeps the newest 32 MiB of a gate that no platform ever heard', async () => {
    const { store, dir } = filled(0)
    for (let n = 0; n < 360; n += 10)
      await Promise.all(Array.from({ length: 10 }, (_, i) => append(store, large(n + i))))
    expect(segments(dir).length).toBeLessThanOrEqual(32)
    expect(entriesIn(dir).at(-1)?.row.seq).toBe(360)
    store.close()
    const again = openStore(dir)
    expect([again.report, again.visits.last()]).toEqual([[], 360])
  })

  it('lets go of visits whose personal data was dropped, whether the platform holds them or not', async () => {
    const { store, dir } = await journaled(3)
    store.forget(2)
    expect(entriesIn(dir)).toEqual([])
    await append(store, draftOf(4))
    expect(entriesIn(dir).map(({ row }) => row.seq)).toEqual([4])
    store.forget(3)
    expect(entriesIn(dir).map(({ row }) => row.seq)).toEqual([4])
  })

  it('is cut where its last record was torn, at whatever byte, and goes on from there', async () => {
    const { store, dir } = await journaled(3)
    store.close()
    const database = readFileSync(join(dir, 'gate.db'))
    const start = endOf(dir)
    const again = openStore(dir)
    await append(again, draftOf(4))
    again.close()
    const journal = readFileSync(segments(dir)[0] ?? '')
    const end = endOf(dir)
    // The last byte of a record is zero.
    const anyTear = fc.tuple(fc.integer({ min: start, max: end - 2 }), fc.constantFrom(0, 0xee))
    const check = async ([at, filling]: [number, number]) => {
      const torn = tempFolder()
      mkdirSync(join(torn, 'journal'))
      writeFileSync(join(torn, 'gate.db'), database)
      writeFileSync(join(torn, 'journal', '00000001.segment'), Buffer.from(journal).fill(filling, at, end))
      const opened = openStore(torn)
      expect(opened.visits.last()).toBe(3)
      await append(opened, draftOf(5))
      opened.close()
      expect(entriesIn(torn).at(-1)?.row).toEqual(openStore(torn).visits.rows(4, 1)[0])
      rmSync(torn, { recursive: true })
    }
    await fc.assert(fc.asyncProperty(anyTear, check), { numRuns: 40 })
  })
})

function large(n: number) {
  const draft = draftOf(n % 256)
  return { ...draft, personal: { ...draft.personal, sealed: 'x'.repeat(100_000) } }
}
