import { describe, expect, it } from 'vitest'
import { Store } from '../../../service/store/index.ts'
import { verify } from '../../../service/store/verify.ts'
import { tempFolder } from '../../support/folder.ts'
import { draftOf, subjectOf } from './drafts.ts'

/** `weak`: a hash that the code told beside that of the person. */
type Made = { at: string; source: 'platform' | 'system'; person?: number; weak?: string }

const old = { at: '2026-10-01T08:00:00.000+07:00', source: 'platform' } as const
const young = { at: '2026-11-20T08:00:00.000+07:00', source: 'platform' } as const
const before = new Date('2026-11-01T00:00:00Z')
const on = (at: string) => ({ at: `${at}T08:00:00.000+07:00`, source: 'system' as const })

/** A store with these visits, of which the platform holds `acked`. */
async function storeOf(made: readonly Made[], acked = made.length): Promise<Store> {
  const store = Store.open(tempFolder(), 'write')
  if (typeof store === 'string') throw new Error(store)
  await Promise.all(
    made.map(({ at, source, person = 1, weak }) => {
      const draft = draftOf(person, { at })
      const subject = subjectOf(person)
      const known = weak === undefined ? null : { subject, documented: true, known: [subject, weak] }
      return store.visits.append(() => ({ draft: { ...draft, clock: { ...draft.clock, source } }, person: known }))
    }),
  )
  store.exchange.acknowledge(acked, [])
  return store
}

/** The numbers of the visits that still have their personal data. */
function held(store: Store): number[] {
  return store.visits.read(1, 10_000).flatMap(({ seq, personal }) => (personal === undefined ? [] : [seq]))
}

function purge(store: Store, date = before): number {
  const steps = store.retention.purge(date)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

describe('personal data whose time is over', () => {
  it('is dropped, and the visits stay with their digests in an unbroken chain', async () => {
    const store = await storeOf([old, old, young])
    const digests = store.visits.read(1, 9).map(({ digest }) => digest)
    expect(purge(store)).toBe(2)
    expect(held(store)).toEqual([3])
    expect(store.visits.read(1, 9).map(({ digest }) => digest)).toEqual(digests)
    expect(verify(store.visits)).toEqual({ kind: 'ok', visits: 3 })
  })

  it('stays while the platform does not hold the visit, however old it is', async () => {
    const store = await storeOf([old, old, old], 1)
    expect(purge(store)).toBe(1)
    expect(held(store)).toEqual([2, 3])
    store.exchange.acknowledge(3, [])
    expect(purge(store)).toBe(3)
    expect(held(store)).toEqual([])
  })

  it('goes page by page through a long log, and only what is new is looked at the next time', async () => {
    const store = await storeOf([...Array.from({ length: 450 }, () => old), young])
    expect(purge(store)).toBe(450)
    expect(held(store)).toEqual([451])
    expect(purge(store)).toBe(0)
    expect(purge(store, new Date('2027-01-01T00:00:00Z'))).toBe(451)
  })

  it('is told by its own clock, where the visit was made before the platform was heard', async () => {
    const store = await storeOf([on('2026-10-02'), on('2026-11-19'), young])
    expect(purge(store)).toBe(1)
    expect(held(store)).toEqual([2, 3])
  })

  it('goes with the visits around it, where a clock was years ahead', async () => {
    const ahead = Array.from({ length: 250 }, () => on('2036-01-01'))
    const store = await storeOf([old, ...ahead, old, young])
    expect(purge(store)).toBe(252)
    expect(held(store)).toEqual([253])
  })

  it('stays with the visits around it, where a clock was years behind', async () => {
    const store = await storeOf([old, young, on('2020-01-01'), young])
    expect(purge(store)).toBe(1)
    expect(held(store)).toEqual([2, 3, 4])
  })

  it('takes the links between codes of people with it, whom no visit needs any more', async () => {
    const linked = (person: number) => ({ ...old, person, weak: `weak ${person}` })
    const store = await storeOf([linked(1), linked(2), { ...young, person: 2 }])
    const whose = (person: number) => store.visits.person([`weak ${person}`], false).subject
    expect([whose(1), whose(2)]).toEqual([subjectOf(1), subjectOf(2)])
    purge(store)
    expect([whose(1), whose(2)]).toEqual(['weak 1', subjectOf(2)])
    purge(store, new Date('2027-01-01T00:00:00Z'))
    expect(whose(2)).toBe('weak 2')
  })
})
