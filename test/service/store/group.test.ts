import { describe, expect, it } from 'vitest'
import { append, draftOf, filled, openStore, subjectOf } from './drafts.ts'

describe('visits that come in one turn of the event loop', () => {
  it('are each made after the ones before them are there', async () => {
    const { store } = filled(0)
    const person = { subject: subjectOf(1), documented: true, known: [subjectOf(1)] }
    const passing = () =>
      store.visits.append(() => {
        const last = store.visits.lastPassage(person, false)
        return { draft: draftOf(1, { direction: last?.direction === 'in' ? 'out' : 'in' }), person }
      })
    const visits = await Promise.all([1, 2, 3, 4].map(passing))
    expect(visits.map(({ seq, direction }) => [seq, direction])).toEqual([
      [1, 'in'],
      [2, 'out'],
      [3, 'in'],
      [4, 'out'],
    ])
    expect(store.verify()).toEqual({ kind: 'ok', visits: 4 })
  })

  it('fail together where the disk refuses one of them, and nothing of them is kept', async () => {
    const { store, db, dir } = filled(0)
    await append(store, draftOf(1))
    db.exec(`CREATE TRIGGER full BEFORE INSERT ON visits WHEN NEW.seq = 4 BEGIN SELECT RAISE(ABORT, 'full'); END`)
    const all = await Promise.allSettled([2, 3, 4, 5].map((person) => append(store, draftOf(person))))
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected'])
    expect(store.visits.last()).toBe(1)
    db.exec('DROP TRIGGER full')
    store.close()
    const again = openStore(dir)
    expect(again.visits.last()).toBe(1)
    expect(await append(again, draftOf(6))).toMatchObject({ seq: 2 })
  })

  it('do not suffer from a bug in what one of them asked', async () => {
    const { store } = filled(0)
    const bug = store.visits.append(() => {
      throw new TypeError('a bug')
    })
    const [first, broken, second] = await Promise.allSettled([
      append(store, draftOf(1)),
      bug,
      append(store, draftOf(2)),
    ])
    expect([first.status, second.status]).toEqual(['fulfilled', 'fulfilled'])
    expect(broken).toMatchObject({ reason: new TypeError('a bug') })
    expect(store.verify()).toEqual({ kind: 'ok', visits: 2 })
  })

  it('are in one transaction: a reader sees none of them or all', async () => {
    const { store, dir } = filled(0)
    const reader = openStore(dir, 'read')
    const seen = new Set<number>()
    const watched = [1, 2, 3].map((person) => append(store, draftOf(person)).then(() => seen.add(reader.visits.last())))
    seen.add(reader.visits.last())
    await Promise.all(watched)
    expect([...seen]).toEqual([0, 3])
  })
})
