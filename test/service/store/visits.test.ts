import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { KnownPerson } from '../../../service/store/people.ts'
import { chainBody, firstPrev, personalDigest, visitHash } from '../../../sync/digest.ts'
import { Visit } from '../../../sync/protocol.ts'
import { filesIn } from '../../support/folder.ts'
import { append, draftOf, filled, openStore, subjectOf } from './drafts.ts'

describe('the visit log', () => {
  it('numbers 1,000 visits without a gap and chains each to the one before it', () => {
    const { store } = filled(1000)
    const visits = store.visits.read(1, 2000)
    expect(visits.map(({ seq }) => seq)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
    expect(new Set(visits.map(({ id }) => id)).size).toBe(1000)
    let prev = firstPrev
    for (const visit of visits) {
      expect(Visit.safeParse(visit).success).toBe(true)
      expect(visit.prev).toBe(prev)
      expect(visit.hash).toBe(visitHash(visit))
      expect(visit.personal && personalDigest(visit.personal)).toBe(visit.digest)
      prev = visit.hash
    }
    expect(store.verify()).toEqual({ kind: 'ok', visits: 1000 })
  })

  it('gives out what was appended, and what append returned', async () => {
    const { store } = filled(0)
    const draft = draftOf(7, { refers: '00000000-0000-4000-8000-000000000002', reason: 'repeated', simulated: true })
    const visit = await append(store, draft)
    expect(visit).toMatchObject(draft)
    expect(store.visits.read(1, 1)).toEqual([visit])
    expect(store.visits.hashOf(1)).toBe(visit.hash)
  })

  it('goes on where it stopped when it is opened again', async () => {
    const { store, dir } = filled(3)
    const last = store.visits.read(3, 1)[0]
    store.close()
    const again = openStore(dir)
    expect(await append(again, draftOf(4))).toMatchObject({ seq: 4, prev: last?.hash })
    expect(again.verify()).toEqual({ kind: 'ok', visits: 4 })
  })

  it('is empty at first', () => {
    const { store } = filled(0)
    expect(store.visits.last()).toBe(0)
    expect(store.visits.read(1, 10)).toEqual([])
    expect(store.visits.hashOf(1)).toBeUndefined()
    expect(store.verify()).toEqual({ kind: 'ok', visits: 0 })
  })

  it('knows the hash of visits that it has, and of no other number', () => {
    const { store } = filled(2)
    expect([0, 1, 2, 3].map((seq) => store.visits.hashOf(seq) !== undefined)).toEqual([false, true, true, false])
  })

  it('keeps nothing of a visit that does not fit on the disk, and gives its number to the next one', async () => {
    const { store, db } = filled(5)
    db.pragma('wal_checkpoint(TRUNCATE)')
    const pages = Number(db.pragma('page_count', { simple: true }))
    db.pragma(`max_page_count = ${pages}`)
    const big = draftOf(6, { personal: { ...draftOf(6).personal, sealed: 'x'.repeat(100_000) } })
    for (const _ of [1, 2, 3]) await expect(append(store, big)).rejects.toThrow(/full/)
    expect(db.inTransaction).toBe(false)
    expect(store.visits.last()).toBe(5)
    db.pragma('max_page_count = 1073741823')
    expect(await append(store, big)).toMatchObject({ seq: 6 })
    expect(store.verify()).toEqual({ kind: 'ok', visits: 6 })
  })
})

/** A person who is known by these hashes alone. */
const knownAs = (subject: string, ...more: string[]): KnownPerson => {
  const hashes = [subject, ...more]
  return { subject, documented: true, known: hashes }
}

describe('the last passage', () => {
  it('is the newest visit that let the person through', async () => {
    const { store } = filled(0)
    await append(store, draftOf(1))
    const warned = await append(store, draftOf(1, { outcome: 'warned', reason: 'check-by-hand' }))
    await append(store, draftOf(2))
    await append(store, draftOf(1, { outcome: 'denied', reason: 'expired' }))
    expect(store.visits.lastPassage(knownAs(subjectOf(1)), false)).toEqual(warned)
  })

  it('is the newest under any of the hashes that the person is known by', async () => {
    const { store } = filled(0)
    const visits = await Promise.all([2, 1, 3].map((person) => append(store, draftOf(person))))
    expect(store.visits.lastPassage(knownAs(subjectOf(1), subjectOf(2)), false)).toEqual(visits[1])
    expect(store.visits.lastPassage(knownAs(subjectOf(2), subjectOf(1)), false)).toEqual(visits[1])
  })

  it('is none for a person who was never let through', async () => {
    const { store } = filled(0)
    await append(store, draftOf(1, { outcome: 'denied', reason: 'revoked' }))
    await append(store, draftOf(2, { personal: { ...draftOf(2).personal, subject: null } }))
    expect(store.visits.lastPassage(knownAs(subjectOf(1)), false)).toBeUndefined()
    expect(store.visits.lastPassage(knownAs(subjectOf(3)), false)).toBeUndefined()
  })

  it('is found by its index', () => {
    const { db } = filled(3)
    const plan = db
      .prepare(
        "EXPLAIN QUERY PLAN SELECT seq FROM visits WHERE subject = ? AND outcome IN ('admitted', 'warned') ORDER BY seq DESC LIMIT 1",
      )
      .all('x')
    expect(JSON.stringify(plan)).toContain('passages')
  })
})

describe('the check of the log', () => {
  const changeBody = `UPDATE visits SET body = replace(body, '"admitted"', '"denied"') WHERE seq = 4`
  const shift = 'UPDATE visits SET seq = seq - 1 WHERE seq > 4'

  const swap = `UPDATE visits SET seq = -4 WHERE seq = 4; UPDATE visits SET seq = 4 WHERE seq = 7;
    UPDATE visits SET seq = 7 WHERE seq = -4`
  const another = 'UPDATE visits SET personal = (SELECT personal FROM visits WHERE seq = 5) WHERE seq = 4'
  const repeat =
    'INSERT INTO visits (seq, body, personal, hash) SELECT 11, body, personal, hash FROM visits WHERE seq = 10'

  it.each<[string, string, number, RegExp]>([
    ['an edited visit', changeBody, 4, /changed/],
    ['an edited first visit', changeBody.replace('seq = 4', 'seq = 1'), 1, /changed/],
    ['an edited last visit', changeBody.replace('seq = 4', 'seq = 10'), 10, /changed/],
    ['a visit with another hash', `UPDATE visits SET hash = '${firstPrev}' WHERE seq = 4`, 4, /changed/],
    [
      'edited personal data',
      `UPDATE visits SET personal = replace(personal, 'Văn', 'Thị') WHERE seq = 4`,
      4,
      /personal/,
    ],
    [
      'another subject',
      `UPDATE visits SET personal = json_set(personal, '$.subject', NULL) WHERE seq = 4`,
      4,
      /personal/,
    ],
    ['personal data of another', another, 4, /personal/],
    [
      'more personal data',
      `UPDATE visits SET personal = json_set(personal, '$.note', 'x') WHERE seq = 4`,
      4,
      /personal/,
    ],
    ['personal data that is none', `UPDATE visits SET personal = '7' WHERE seq = 4`, 4, /read/],
    ['a deleted visit', 'DELETE FROM visits WHERE seq = 4', 4, /missing/],
    ['a deleted first visit', 'DELETE FROM visits WHERE seq = 1', 1, /missing/],
    ['a deleted visit whose gap was closed', `DELETE FROM visits WHERE seq = 4; ${shift}`, 4, /number/],
    ['two swapped visits', swap, 4, /number/],
    ['a repeated visit', repeat, 11, /number/],
    ['visits cut below what the platform holds', 'DELETE FROM visits WHERE seq > 5', 6, /missing.*8/],
    ['a log cut to nothing', 'DELETE FROM visits', 1, /missing.*8/],
  ])('finds %s', (_what, sql, seq, why) => {
    const { store, db } = filled(10)
    store.exchange.acknowledge(8, [])
    db.exec(sql)
    expect(store.verify()).toEqual({ kind: 'broken', seq, why: expect.stringMatching(why) })
  })

  it('finds a visit that was replaced together with its hash at the next one', () => {
    const { store, db } = filled(10)
    const [visit] = store.visits.read(4, 1)
    if (visit === undefined) throw new Error('expected visit 4')
    const forged = { ...visit, outcome: 'denied' }
    db.prepare('UPDATE visits SET body = ?, hash = ? WHERE seq = 4').run(chainBody(forged), visitHash(forged))
    expect(store.verify()).toEqual({ kind: 'broken', seq: 5, why: expect.stringMatching(/join/) })
  })

  it('allows that personal data was purged', () => {
    const { store, db } = filled(10)
    db.exec('UPDATE visits SET personal = NULL WHERE seq <= 5')
    expect(store.verify()).toEqual({ kind: 'ok', visits: 10 })
    expect(store.visits.read(5, 1)[0]).not.toHaveProperty('personal')
  })

  it('drops all personal data at once, from the files too, and stays whole', () => {
    const { store, dir } = filled(10)
    const planted = store.visits.read(1, 10).map(({ personal }) => personal?.salt ?? '')
    store.purge()
    expect(store.verify()).toEqual({ kind: 'ok', visits: 10 })
    const files = filesIn(dir).map((path) => readFileSync(path, 'latin1'))
    expect(planted.filter((salt) => files.some((file) => file.includes(salt)))).toEqual([])
  })

  it('allows visits that the platform does not hold to be all there is', () => {
    const { store } = filled(3)
    expect(store.verify()).toEqual({ kind: 'ok', visits: 3 })
  })
})
