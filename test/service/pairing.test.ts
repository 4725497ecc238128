import { describe, expect, it, vi } from 'vitest'
import { Person } from '../../service/credentials/person.ts'
import { builtInSite, type Site } from '../../service/site.ts'
import { bhytExamples, cccdExamples, kbytExamples, pccovidExamples } from '../support/examples.ts'
import { makeIssuer } from '../support/issuer.ts'
import { trusting } from '../support/trust.ts'
import { fakeTime, makeLane } from './make-lane.ts'

const key = new Uint8Array(32)
const hashOf = (id: string) => new Person([id], {}).subjects(key)[0]

/** A site that takes every code of a person. */
const rules = { ...builtInSite(key).rules, accept: new Set(['cccd', 'pccovid', 'bhyt', 'kbyt', 'barenum']) }
const lane = (site: Partial<Site> = {}) => makeLane({ direction: 'both', site: { subjectKey: key, rules, ...site } })

const card = cccdExamples.card2021
const [number, former] = ['001090000001', '010000001']
const declared = pccovidExamples.full
const declaredByFormer = declared.replace(number, former)
const declaredMasked = declared.replace(number, '******000001').replace('GD4010000000001', 'GD4010*********')
const insurance = bhytExamples.card

const pairs = [
  ['a card, then a declaration by the old number', card, declaredByFormer],
  ['a card, then the old number as a bar code', card, former],
  ['a card, then its number as a bar code', card, number],
  ['a card, then a declaration by its number', card, declared],
  ['a declaration, then the insurance card', declared, insurance],
  ['a declaration, then the insurance number as a bar code', declared, 'GD4010000000001'],
  ['a declaration, then the same one with a masked number', declared, declaredMasked],
] as const

describe('one person with two codes', () => {
  it.each(pairs)('goes in and out by turns: %s', async (_what, strong, weak) => {
    fakeTime()
    const { read, store } = lane()
    for (const code of [strong, weak, weak, strong]) {
      await read(code)
      vi.advanceTimersByTime(10_000)
    }
    const visits = store.visits.read(1, 9)
    expect(visits.map(({ direction }) => direction)).toEqual(['in', 'out', 'in', 'out'])
    expect(new Set(visits.map(({ personal }) => personal?.subject))).toEqual(new Set([hashOf(`vn:${number}`)]))
  })

  it.each(pairs)('does so too when it is the weaker code that comes first: %s', async (_what, strong, weak) => {
    fakeTime()
    const { read, store } = lane()
    for (const code of [weak, strong, weak, strong]) {
      await read(code)
      vi.advanceTimersByTime(10_000)
    }
    const visits = store.visits.read(1, 9)
    expect(visits.map(({ direction }) => direction)).toEqual(['in', 'out', 'in', 'out'])
    const subjects = visits.slice(1).map(({ personal }) => personal?.subject)
    expect(new Set(subjects)).toEqual(new Set([hashOf(`vn:${number}`)]))
  })

  it.each(pairs)('is repeated within repeatSeconds, and refers to the first visit: %s', async (_what, strong, weak) => {
    fakeTime()
    for (const [first, second] of [
      [strong, weak],
      [weak, strong],
    ] as const) {
      const { read, store } = lane()
      await read(first)
      vi.advanceTimersByTime(2500)
      await read(second)
      const [visit, repeated] = store.visits.read(1, 2)
      expect(repeated).toMatchObject({ outcome: 'warned', reason: 'repeated', direction: 'in', refers: visit?.id })
    }
  })

  it('pairs again after the gate was purged only when a code tells both anew', async () => {
    fakeTime()
    const { read, store } = lane()
    await read(card)
    store.visits.purgePersonal()
    vi.advanceTimersByTime(10_000)
    for (const code of [former, card, former]) {
      await read(code)
      vi.advanceTimersByTime(10_000)
    }
    expect(store.visits.read(2, 9).map(({ direction }) => direction)).toEqual(['in', 'out', 'in'])
  })

  it('is believed to be one only where a code that tells both was let through', async () => {
    fakeTime()
    const { read, store } = lane({ rules: { ...rules, accept: new Set(['barenum', 'bhyt']) } })
    for (const code of [number, card, former]) {
      await read(code)
      vi.advanceTimersByTime(10_000)
    }
    const told = store.visits.read(1, 9).map(({ outcome, direction }) => [outcome, direction])
    expect(told).toEqual([
      ['warned', 'in'],
      ['denied', 'out'],
      ['warned', 'in'],
    ])
  })
})

describe('two people', () => {
  const other = pccovidExamples.full.replace(number, '079185000002').replace('163000000000000001', '163000000000000002')

  it('who claim one insurance number each take their own turns', async () => {
    fakeTime()
    const { read, store } = lane()
    for (const code of [declared, other, declared, other]) {
      await read(code)
      vi.advanceTimersByTime(10_000)
    }
    const visits = store.visits.read(1, 9)
    expect(visits.map(({ direction }) => direction)).toEqual(['in', 'in', 'out', 'out'])
    expect(visits.map(({ personal }) => personal?.subject)).toEqual(
      [number, '079185000002', number, '079185000002'].map((own) => hashOf(`vn:${own}`)),
    )
  })

  it('stay two when an unsigned card claims the number of a proven code', async () => {
    fakeTime()
    const issuer = makeIssuer()
    const now = Date.now() / 1000
    const identity = new Map<number, unknown>([[1, former]])
    const genuine = issuer.mint({
      iat: Math.floor(now) - 60,
      exp: Math.floor(now) + 3600,
      cti: Buffer.alloc(8),
      identity,
    })
    const trust = trusting([issuer.entry], new Date()).trust
    const { read, store } = lane({ trust, rules: { ...rules, accept: new Set(['cccd', 'signed']) } })
    for (const code of [card, genuine, card, genuine]) {
      await read(code)
      vi.advanceTimersByTime(10_000)
    }
    const proven = store.visits.read(1, 9).filter(({ credential }) => credential.verified)
    expect(proven.map(({ personal }) => personal?.subject)).toEqual([
      hashOf(`cmnd:${former}`),
      hashOf(`cmnd:${former}`),
    ])
    expect(proven.map(({ direction }) => direction)).toEqual(['in', 'out'])
  })

  it('with a link to a declaration each are two, and neither pairs with a card', async () => {
    fakeTime()
    const { read, store } = lane()
    for (const code of [kbytExamples.view, kbytExamples.query, card, kbytExamples.view]) {
      await read(code)
      vi.advanceTimersByTime(10_000)
    }
    expect(store.visits.read(1, 9).map(({ direction }) => direction)).toEqual(['in', 'in', 'in', 'out'])
  })
})
