import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LaneDirection } from '../../../contract/outcome.ts'
import type { Credential, FailedCode, PersonalCode } from '../../../service/credentials/credential.ts'
import { Person } from '../../../service/credentials/person.ts'
import { decide, type Passage, type Rules } from '../../../service/rules/decide.ts'

const now = Date.parse('2026-11-21T08:30:00+07:00')
const person = new Person(['vn:001090000001'], {})
const rules: Rules = {
  accept: new Set(['signed', 'cccd']),
  revoked: { cti: new Set(['revoked-cti']), kid: new Set(['revoked-kid']) },
  repeatSeconds: 3,
}

const card: PersonalCode = { kind: 'cccd', check: 'good', proof: null, validity: null, person, masked: {} }
const byHand: PersonalCode = { ...card, check: 'check-by-hand' }
const number: PersonalCode = { ...card, kind: 'barenum', check: 'number-only' }
const signed: PersonalCode = {
  ...card,
  kind: 'signed',
  proof: { kid: 'kid', cti: 'cti' },
  validity: { notBefore: now - 1000, expires: now + 1000 },
}
const expired: PersonalCode = { ...signed, validity: { notBefore: 0, expires: 0 } }
const enrolment: Credential = {
  kind: 'enrol',
  check: 'enrolment',
  code: { url: 'https://platform.example', token: 'token', key: 'key' },
}

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
    [{ ...signed, proof: { kid: 'kid', cti: 'revoked-cti' } }, 'revoked'],
    [{ ...signed, proof: { kid: 'revoked-kid', cti: null } }, 'revoked'],
    [enrolment, 'not-personal'],
  ])('denies a credential that is %o', (credential, reason) => {
    expect(decide(credential, rules, 'in', null, now)).toEqual({ outcome: 'denied', reason, direction: 'in' })
  })

  it.each<FailedCode['check']>([
    'bad-signature',
    'unknown-issuer',
    'wrong-key-usage',
    'malformed',
    'unsupported',
    'multi-part',
    'not-personal',
    'damaged',
    'unknown',
  ])('denies a code that its check found to be %s for that reason, whatever the site accepts', (check) => {
    for (const accept of [[], ['dcc']]) {
      const site = { ...rules, accept: new Set(accept) }
      const decision = { outcome: 'denied', reason: check, direction: 'in' }
      expect(decide({ kind: 'dcc', check }, site, 'in', passage(1, 'in'), now)).toEqual(decision)
    }
  })

  it.each<[Credential]>([[card], [signed]])('admits a good credential', (credential) => {
    expect(decide(credential, rules, 'in', null, now)).toEqual({ outcome: 'admitted', reason: '', direction: 'in' })
  })

  it('warns of a card that must be checked by hand', () => {
    const decision = { outcome: 'warned', reason: 'check-by-hand', direction: 'out' }
    expect(decide(byHand, rules, 'out', null, now)).toEqual(decision)
  })

  it('warns of a bare number where the site takes one, so that somebody looks it up', () => {
    const takes = { ...rules, accept: new Set(['barenum']) }
    const decision = { outcome: 'warned', reason: 'number-only', direction: 'in' }
    expect(decide(number, takes, 'in', null, now)).toEqual(decision)
  })

  it('says of a bare number that it is one where the site takes none', () => {
    expect(decide(number, rules, 'in', null, now)).toEqual({
      outcome: 'denied',
      reason: 'number-only',
      direction: 'in',
    })
  })

  it.each<[string, PersonalCode]>([
    ['signed', card],
    ['signed', byHand],
    ['cccd', signed],
    ['cccd', expired],
    ['cccd', { ...card, kind: 'pccovid' }],
    ['cccd', { ...card, kind: 'x-staff' }],
    ['x-staff', { ...card, kind: 'x-student' }],
  ])('denies what the site does not accept: it takes %s only', (kind, credential) => {
    const decision = decide(credential, { ...rules, accept: new Set([kind]) }, 'in', null, now)
    expect(decision).toMatchObject({ outcome: 'denied', reason: 'not-accepted' })
  })

  it('takes a kind of its own where the site accepts it', () => {
    const takes = { ...rules, accept: new Set(['x-staff']) }
    expect(decide({ ...card, kind: 'x-staff' }, takes, 'in', null, now).outcome).toBe('admitted')
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
  ])('allows clocks to be 120 s apart at the beginning, whatever kind has it: %d ms', (ms, reason) => {
    for (const code of [signed, card]) {
      const begun = { ...code, validity: { notBefore: now - ms, expires: now + 1000 } }
      expect(decide(begun, rules, 'in', null, now).reason).toBe(reason)
    }
  })

  it.each([
    [0, ''],
    [120_000, ''],
    [120_001, 'expired'],
  ])('allows clocks to be 120 s apart at the end, whatever kind has it: %d ms', (ms, reason) => {
    for (const code of [signed, card]) {
      const ended = { ...code, validity: { notBefore: 0, expires: now - ms } }
      expect(decide(ended, rules, 'in', null, now).reason).toBe(reason)
    }
  })

  it('names revocation before any date, and a date before a check by hand', () => {
    const revoked = { ...expired, proof: { kid: 'kid', cti: 'revoked-cti' } }
    expect(decide(revoked, rules, 'in', null, now).reason).toBe('revoked')
    expect(decide({ ...expired, check: 'check-by-hand' }, rules, 'in', null, now).reason).toBe('expired')
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
    expect(decide(expired, rules, 'in', passage(1, 'in'), now).reason).toBe('expired')
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
    expired,
    { kind: 'unknown', check: 'unknown' },
    byHand,
    number,
    enrolment,
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
