import { describe, expect, it } from 'vitest'
import type { Credential, PersonalCode } from '../../../service/credentials/credential.ts'
import { Person } from '../../../service/credentials/person.ts'
import { faultOf, isVerified, type Revoked } from '../../../service/rules/fault.ts'

const now = Date.parse('2026-11-21T08:30:00+07:00')
const revoked: Revoked = { cti: new Set(['revoked-cti']), kid: new Set(['revoked-kid']) }
const unsigned: PersonalCode = {
  kind: 'cccd',
  check: 'good',
  proof: null,
  validity: null,
  person: new Person(['vn:001090000001'], {}),
  masked: {},
}
const signed: PersonalCode = {
  ...unsigned,
  kind: 'signed',
  proof: { kid: 'kid', cti: 'cti' },
  validity: { notBefore: now - 1000, expires: now + 1000 },
}

describe('a code is verified', () => {
  it.each<[string, PersonalCode]>([
    ['signed and in force', signed],
    ['signed for ever', { ...signed, validity: null }],
    ['signed, of a kind that is not revoked one by one', { ...signed, kind: 'dcc', proof: { kid: 'kid', cti: null } }],
    ['past its date by less than clocks differ', { ...signed, validity: { notBefore: 0, expires: now - 120_000 } }],
  ])('when it is %s', (_what, code) => {
    expect(isVerified(code, revoked, now)).toBe(true)
  })

  it.each<[string, Credential]>([
    ['unsigned', unsigned],
    ['unsigned, within its dates', { ...unsigned, validity: { notBefore: now - 1000, expires: now + 1000 } }],
    ['expired', { ...signed, validity: { notBefore: 0, expires: now - 120_001 } }],
    ['not valid yet', { ...signed, validity: { notBefore: now + 120_001, expires: now + 200_000 } }],
    ['revoked', { ...signed, proof: { kid: 'kid', cti: 'revoked-cti' } }],
    ['signed by a revoked key', { ...signed, proof: { kid: 'revoked-kid', cti: null } }],
    ['signed by nobody known', { kind: 'signed', check: 'unknown-issuer' }],
    ['forged', { kind: 'signed', check: 'bad-signature' }],
    [
      "the platform's own",
      { kind: 'enrol', check: 'enrolment', code: { url: 'https://x.example', token: 't', key: 'k' } },
    ],
  ])('but not when it is %s', (_what, code) => {
    expect(isVerified(code, revoked, now)).toBe(false)
  })
})

describe('what speaks against a code', () => {
  it('is nothing, whatever the site accepts, where every check was passed', () => {
    for (const code of [unsigned, signed]) expect(faultOf(code, revoked, now)).toBe('')
  })

  it('is the number alone, where the code tells no more', () => {
    expect(faultOf({ ...unsigned, kind: 'barenum', check: 'number-only' }, revoked, now)).toBe('number-only')
  })

  it('is never a revocation of other ids: neither of a code without a proof, nor of a cti that is none', () => {
    const empty: Revoked = { cti: new Set(['', 'null', 'undefined']), kid: new Set(['', 'cti']) }
    expect(faultOf(unsigned, empty, now)).toBe('')
    expect(faultOf({ ...signed, proof: { kid: 'kid', cti: null } }, empty, now)).toBe('')
  })
})
