import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LaneDirection } from '../../../contract/outcome.ts'
import type { Credential } from '../../../service/credentials/credential.ts'
import { Person } from '../../../service/credentials/person.ts'
import { decide, type Passage, type Rules } from '../../../service/rules/decide.ts'

const now = Date.parse('2026-11-21T08:30:00+07:00')
const person = new Person('vn:001090000001', {})
const rules: Rules = {
  accept: new Set(['signed', 'cccd']),
  revoked: { cti: new Set(['revoked-cti']), kid: new Set(['revoked-kid']) },
  repeatSeconds: 3,
}

const card: Credential = { kind: 'cccd', check: 'good', person, masked: {} }
const signed = {
  kind: 'signed',
  check: 'good',
  kid: 'kid',
  cti: 'cti',
  notBefore: now - 1000,
  expires: now + 1000,
  person,
  masked: {},
} as const satisfies Credential

const passage = (agoMs: number, direction: Passage['direction']): Passage => ({
  visit: 'earlier',
  at: now - agoMs,
  direction,
})

describe('the decision', () => {
  it.each<[Credential, string]>([
    [{ kind: 'unknown', check: 'unknown' }, 'unknown'],
    [{ kind: 'signed', check: 'malformed' }, 'malformed'],
    [{ kind: 'signed', check: 'bad-signature' }, 'bad-signature'],
    [{ kind: 'signed', check: 'unknown-issuer' }, 'unknown-issuer'],
    [{ kind: 'cccd', check: 'malformed' }, 'malformed'],
    [{ ...signed, cti: 'revoked-cti' }, 'revoked'],
    [{ ...signed, kid: 'revoked-kid' }, 'revoked'],
  ])('denies a credential that is %o', (credential, reason) => {
    expect(decide(credential, rules, 'in', null, now)).toEqual({ outcome: 'denied', reason, direction: 'in' })
  })

  it.each<[Credential]>([[card], [signed]])('admits a good credential', (credential) => {
    expect(decide(credential, rules, 'in', null, now)).toEqual({ outcome: 'admitted', reason: '', direction: 'in' })
  })

  it('warns of a card that must be checked by hand', () => {
    const credential: Credential = { kind: 'cccd', check: 'check-by-hand', person, masked: {} }
    const decision = { outcome: 'warned', reason: 'check-by-hand', direction: 'out' }
    expect(decide(credential, rules, 'out', null, now)).toEqual(decision)
  })

  it.each([
    ['signed', card],
    ['cccd', signed],
  ])('denies what the site does not accept: it takes %s only', (kind, credential) => {
    const decision = decide(credential, { ...rules, accept: new Set([kind]) }, 'in', null, now)
    expect(decision).toMatchObject({ outcome: 'denied', reason: 'not-accepted' })
  })

  it('says that a credential is bad rather than that it is not accepted', () => {
    const none = { ...rules, accept: new Set<string>() }
    expect(decide({ kind: 'cccd', check: 'malformed' }, none, 'in', null, now).reason).toBe('malformed')
    expect(decide({ kind: 'signed', check: 'bad-signature' }, none, 'in', null, now).reason).toBe('bad-signature')
  })

  it.each([
    [-120_001, 'not-yet-valid'],
    [-120_000, ''],
    [0, ''],
  ])('allows clocks to be 120 s apart at the beginning: %d ms', (ms, reason) => {
    expect(decide({ ...signed, notBefore: now - ms }, rules, 'in', null, now).reason).toBe(reason)
  })

  it.each([
    [0, ''],
    [120_000, ''],
    [120_001, 'expired'],
  ])('allows clocks to be 120 s apart at the end: %d ms', (ms, reason) => {
    expect(decide({ ...signed, expires: now - ms }, rules, 'in', null, now).reason).toBe(reason)
  })

  it('names revocation before any date', () => {
    const old = { ...signed, cti: 'revoked-cti', expires: 0 }
    expect(decide(old, rules, 'in', null, now).reason).toBe('revoked')
  })
})

describe('a repeated reading', () => {
  it.each([
    [0, 'repeated'],
    [2999, 'repeated'],
    [3000, ''],
    [-1, ''],
  ])('is one less than repeatSeconds after a passage: %d ms', (ago, reason) => {
    expect(decide(card, rules, 'in', passage(ago, 'in'), now).reason).toBe(reason)
  })

  it('is warned of and refers to the visit that it repeats', () => {
    expect(decide(card, rules, 'in', passage(1000, 'in'), now)).toEqual({
      outcome: 'warned',
      reason: 'repeated',
      direction: 'in',
      refers: 'earlier',
    })
  })

  it('is not one when the person passed the other way', () => {
    expect(decide(card, rules, 'in', passage(1000, 'out'), now)).toMatchObject({ outcome: 'admitted', direction: 'in' })
    expect(decide(card, rules, 'out', passage(1000, 'in'), now)).toMatchObject({
      outcome: 'admitted',
      direction: 'out',
    })
  })

  it.each(['in', 'out'] as const)('keeps its direction, %s, at a lane for both ways', (direction) => {
    const decision = { outcome: 'warned', reason: 'repeated', direction }
    expect(decide(card, rules, 'both', passage(2999, direction), now)).toMatchObject(decision)
  })

  it('does not exist where repeatSeconds is 0', () => {
    expect(decide(card, { ...rules, repeatSeconds: 0 }, 'in', passage(0, 'in'), now).outcome).toBe('admitted')
  })

  it('does not admit what is denied, and outweighs a check by hand', () => {
    const byHand: Credential = { kind: 'cccd', check: 'check-by-hand', person, masked: {} }
    expect(decide({ ...signed, expires: 0 }, rules, 'in', passage(1, 'in'), now).reason).toBe('expired')
    expect(decide(byHand, rules, 'in', passage(1, 'in'), now).reason).toBe('repeated')
  })
})

describe('a lane for both ways', () => {
  it.each([
    [null, 'in'],
    [passage(3000, 'in'), 'out'],
    [passage(3000, 'out'), 'in'],
    [passage(90 * 86_400_000, 'in'), 'out'],
    [passage(-60_000, 'in'), 'out'],
  ])('takes turns: after %o a person goes %s', (last, direction) => {
    expect(decide(card, rules, 'both', last, now)).toEqual({ outcome: 'admitted', reason: '', direction })
  })
})

describe('the rules as a whole', () => {
  const anyCredential = fc.constantFrom<Credential>(
    card,
    signed,
    { ...signed, expires: 0 },
    { kind: 'unknown', check: 'unknown' },
    { kind: 'cccd', check: 'check-by-hand', person, masked: {} },
  )
  const anyPassage = fc.option(
    fc.record({
      visit: fc.constant('earlier'),
      at: fc.integer({ min: now - 9000, max: now + 9000 }),
      direction: fc.constantFrom('in' as const, 'out' as const),
    }),
  )
  const anyLane = fc.constantFrom<LaneDirection>('in', 'out', 'both')

  it('give the same answer to the same question and change nothing', () => {
    fc.assert(
      fc.property(
        anyCredential,
        anyLane,
        anyPassage,
        fc.integer({ min: 0, max: 10 }),
        (credential, lane, last, seconds) => {
          const site = Object.freeze({ ...rules, repeatSeconds: seconds })
          const frozen = last && Object.freeze(last)
          const first = decide(Object.freeze(credential), site, lane, frozen, now)
          expect(decide(credential, site, lane, frozen, now)).toEqual(first)
          if (lane !== 'both' && first.reason !== 'repeated') expect(first.direction).toBe(lane)
          expect('refers' in first).toBe(first.reason === 'repeated')
          expect(first.reason === '').toBe(first.outcome === 'admitted')
        },
      ),
    )
  })
})
