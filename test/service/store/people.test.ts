import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Person } from '../../../service/credentials/person.ts'
import { Store } from '../../../service/store/index.ts'
import type { VisitLog } from '../../../service/store/visits.ts'
import { filesIn } from '../../support/folder.ts'
import { draftOf, filled } from './drafts.ts'

type Ids = readonly [string, ...string[]]

const key = new Uint8Array(32)
const hashOf = (id: string) => new Person([id], {}).subjects(key)[0]

const card: Ids = ['vn:001090000001', 'cmnd:010000001']
const cardAlone: Ids = ['vn:001090000001']
const declared: Ids = ['vn:001090000001', 'qid:163000000000000001', 'bhxh:0000000001']
const declaredByFormer: Ids = ['cmnd:010000001', 'qid:163000000000000001', 'bhxh:0000000001']
const declaredMasked: Ids = ['qid:163000000000000001']
const formerAlone: Ids = ['cmnd:010000001']
const insurance: Ids = ['bhxh:0000000001']
const stranger: Ids = ['vn:079185000002', 'cmnd:020000002']

function find(visits: VisitLog, ids: Ids) {
  const person = new Person(ids, {})
  return visits.person(person.subjects(key), person.documented)
}

/** A person passes with a code that tells these ids, as a lane records it. */
function pass(visits: VisitLog, ids: Ids) {
  return visits.append(() => {
    const person = find(visits, ids)
    const draft = draftOf(1)
    return { draft: { ...draft, personal: { ...draft.personal, subject: person.subject } }, person }
  })
}

const lastOf = (visits: VisitLog, ids: Ids) => visits.lastPassage(find(visits, ids), false)

describe('the same person by two codes', () => {
  it.each<[string, Ids, Ids]>([
    ['a card, then the declaration by the former number', card, declaredByFormer],
    ['a card, then the former number alone', card, formerAlone],
    ['a declaration, then the insurance card', declared, insurance],
    ['a declaration, then the same with a masked number', declared, declaredMasked],
    ['a declaration, then the card without a former number', declared, cardAlone],
    ['a declaration by the former number, then the insurance card', declaredByFormer, insurance],
  ])('is known again: %s', async (_what, first, second) => {
    const { store } = filled(0)
    const passed = await pass(store.visits, first)
    expect(lastOf(store.visits, second)).toEqual(passed)
    expect((await pass(store.visits, second)).personal?.subject).toBe(hashOf(first[0]))
    expect(lastOf(store.visits, stranger)).toBeUndefined()
  })

  it.each<[string, Ids, Ids]>([
    ['the former number', formerAlone, card],
    ['the insurance card', insurance, declared],
    ['the declaration with a masked number', declaredMasked, declared],
    ['the declaration by the former number', declaredByFormer, card],
  ])('is known again when the weaker code came first: %s', async (_what, weak, strong) => {
    const { store } = filled(0)
    const passed = await pass(store.visits, weak)
    expect(passed.personal?.subject).toBe(hashOf(weak[0]))
    expect(lastOf(store.visits, strong)).toEqual(passed)
    const second = await pass(store.visits, strong)
    expect(second.personal?.subject).toBe(hashOf(strong[0]))
    expect(lastOf(store.visits, weak)).toEqual(second)
    expect((await pass(store.visits, weak)).personal?.subject).toBe(hashOf(strong[0]))
  })

  it('is known again over a third that told both', async () => {
    const { store } = filled(0)
    await pass(store.visits, insurance)
    await pass(store.visits, declaredByFormer)
    await pass(store.visits, card)
    for (const ids of [insurance, declaredMasked, formerAlone, cardAlone]) {
      expect(find(store.visits, ids).subject).toBe(hashOf('vn:001090000001'))
      expect(lastOf(store.visits, ids)?.seq).toBe(3)
    }
  })

  it('is known again by the insurance number in a second, masked declaration, and stays linked to the card', async () => {
    const { store } = filled(0)
    const passed = await pass(store.visits, declared)
    const otherQid: Ids = ['qid:163000000000000009', 'bhxh:0000000001']
    expect(lastOf(store.visits, otherQid)).toEqual(passed)
    const last = await pass(store.visits, otherQid)
    expect(last.personal?.subject).toBe(hashOf('vn:001090000001'))
    for (const ids of [cardAlone, declaredMasked, otherQid, insurance]) {
      expect(lastOf(store.visits, ids)).toEqual(last)
    }
  })

  it('stands under the personal number from the code on that tells it with the others, whatever was shown before', async () => {
    const ids = ['vn:001090000001', 'cmnd:010000001', 'qid:163000000000000001', 'bhxh:0000000001'] as const
    const own = hashOf(ids[0])
    const anyCode = fc.subarray([...ids]).filter((told): told is [Id, ...Id[]] => told.length > 0)
    type Id = (typeof ids)[number]
    await fc.assert(
      fc.asyncProperty(fc.array(anyCode, { maxLength: 6 }), async (codes) => {
        const { store } = filled(0)
        let shown = false
        for (const code of codes) {
          shown ||= code[0] === ids[0]
          const { personal } = await pass(store.visits, code)
          if (code[0] === ids[0] || !shown) expect(personal?.subject === own).toBe(shown)
        }
        const last = await pass(store.visits, ids)
        for (const id of ids) expect(lastOf(store.visits, [id])).toEqual(last)
        for (const id of ids) expect((await pass(store.visits, [id])).personal?.subject).toBe(own)
        store.close()
      }),
      { numRuns: 60 },
    )
  })
})

describe('two people', () => {
  const first: Ids = ['vn:001090000001', 'qid:1', 'bhxh:0000000001']
  const second: Ids = ['vn:079185000002', 'qid:2', 'bhxh:0000000001']

  it('who claim one insurance number stay two, and the card with it is of who claimed it last', async () => {
    const { store } = filled(0)
    const [one, two] = [await pass(store.visits, first), await pass(store.visits, second)]
    expect([one, two].map(({ personal }) => personal?.subject)).toEqual([hashOf(first[0]), hashOf(second[0])])
    for (const ids of [first, ['vn:001090000001'], ['qid:1']] as const) expect(lastOf(store.visits, ids)).toEqual(one)
    for (const ids of [second, ['qid:2'], insurance] as const) expect(lastOf(store.visits, ids)).toEqual(two)
    expect(find(store.visits, insurance).subject).toBe(hashOf(second[0]))
    await pass(store.visits, first)
    expect(find(store.visits, insurance).subject).toBe(hashOf(first[0]))
    expect(lastOf(store.visits, ['vn:079185000002'])).toEqual(two)
  })

  it("of whom one has claimed the other one's insurance number stay two, also where each shows an old number", async () => {
    const { store } = filled(0)
    const one = await pass(store.visits, ['vn:001090000001', 'bhxh:0000000001'])
    const two = await pass(store.visits, ['cmnd:020000002', 'bhxh:0000000001'])
    expect([one, two].map(({ personal }) => personal?.subject)).toEqual(
      ['vn:001090000001', 'cmnd:020000002'].map(hashOf),
    )
    expect(lastOf(store.visits, cardAlone)).toEqual(one)
    expect(lastOf(store.visits, ['vn:079185000002', 'cmnd:020000002'])).toEqual(two)
  })

  it('who claim one insurance number in masked declarations stay two, too', async () => {
    const { store } = filled(0)
    await pass(store.visits, ['qid:1', 'bhxh:0000000001'])
    expect((await pass(store.visits, ['qid:2', 'bhxh:0000000001'])).personal?.subject).toBe(hashOf('qid:2'))
    expect(find(store.visits, ['qid:1']).subject).toBe(hashOf('qid:1'))
  })

  it('are never one, whatever codes are shown: two personal numbers never have the same subject', async () => {
    const anyIds = fc
      .tuple(
        fc.subarray(['vn:001090000001', 'vn:079185000002'], { maxLength: 1 }),
        fc.subarray(['cmnd:010000001', 'cmnd:020000002'], { maxLength: 1 }),
        fc.subarray(['qid:1', 'qid:2'], { maxLength: 1 }),
        fc.subarray(['bhxh:0000000001', 'bhxh:0000000002'], { maxLength: 1 }),
      )
      .map((parts) => parts.flat())
      .filter((ids): ids is [string, ...string[]] => ids.length > 0)
    await fc.assert(
      fc.asyncProperty(fc.array(anyIds, { minLength: 1, maxLength: 12 }), async (codes) => {
        const { store } = filled(0)
        for (const ids of codes) await pass(store.visits, ids)
        for (const own of ['vn:001090000001', 'vn:079185000002'] as const) {
          const { subject, known } = find(store.visits, [own])
          expect(subject).toBe(hashOf(own))
          expect(known).not.toContain(hashOf(own === 'vn:001090000001' ? 'vn:079185000002' : 'vn:001090000001'))
        }
        store.close()
      }),
      { numRuns: 100 },
    )
  })
})

describe('what links people', () => {
  it('is nothing for a code that tells one number, however often it is shown', async () => {
    const { store, db } = filled(0)
    for (const ids of [cardAlone, insurance, cardAlone, insurance]) await pass(store.visits, ids)
    expect(db.prepare('SELECT * FROM links').all()).toEqual([])
    for (const _ of [1, 2, 3]) await pass(store.visits, card)
    expect(db.prepare('SELECT alias FROM links').pluck().all()).toEqual([hashOf('cmnd:010000001')])
  })

  it('is gone with a visit that could not be stored', async () => {
    const { store, db } = filled(1)
    db.pragma('query_only = 1')
    await expect(pass(store.visits, card)).rejects.toThrow(/readonly/)
    db.pragma('query_only = 0')
    db.exec("CREATE TRIGGER full BEFORE INSERT ON links BEGIN SELECT RAISE(ABORT, 'full'); END")
    await expect(pass(store.visits, card)).rejects.toThrow('full')
    expect(store.visits.last()).toBe(1)
    db.exec('DROP TRIGGER full')
    expect(find(store.visits, formerAlone).subject).toBe(hashOf('cmnd:010000001'))
  })

  it('outlives a restart', async () => {
    const { store, dir } = filled(0)
    const passed = await pass(store.visits, card)
    store.close()
    const again = Store.open(dir, 'write')
    if (typeof again === 'string') throw new Error(again)
    onTestFinished(() => again.close())
    expect(lastOf(again.visits, formerAlone)).toEqual(passed)
  })

  it('is dropped with the personal data, from the files too', async () => {
    const { store, dir } = filled(0)
    await pass(store.visits, declared)
    const planted = declared.map(hashOf)
    const inFiles = () => {
      const files = filesIn(dir).map((path) => readFileSync(path, 'latin1'))
      return planted.filter((hash) => files.some((file) => file.includes(hash)))
    }
    expect(inFiles()).toEqual(planted)
    expect(store.purge()).toBe(true)
    expect(inFiles()).toEqual([])
    expect(find(store.visits, insurance)).toMatchObject({
      subject: hashOf('bhxh:0000000001'),
      known: [hashOf('bhxh:0000000001')],
    })
  })

  it('ends, also where a damaged file holds a circle', async () => {
    const { store, db } = filled(0)
    const link = db.prepare('INSERT INTO links (alias, subject, documented) VALUES (?, ?, 1)')
    const circle = ['cmnd:010000001', 'cmnd:020000002', 'cmnd:030000003'] as const
    for (const [i, id] of circle.entries()) link.run(hashOf(id), hashOf(circle[(i + 1) % circle.length] ?? id))
    link.run(hashOf('qid:1'), hashOf('qid:1'))
    for (const id of [...circle, 'qid:1'] as const) await pass(store.visits, [id])
    expect(store.visits.last()).toBe(4)
    expect((await pass(store.visits, ['vn:001090000001', ...circle])).personal?.subject).toBe(hashOf('vn:001090000001'))
    for (const id of circle) expect(find(store.visits, [id]).subject).toBe(hashOf('vn:001090000001'))
  })
})
