import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Credential } from '../../../service/credentials/credential.ts'
import { readCredential } from '../../../service/credentials/index.ts'
import { faultOf } from '../../../service/rules/fault.ts'
import { exampleIssuer, signedAt, signedExamples } from '../../support/examples.ts'
import { type Claims, makeIssuer } from '../../support/issuer.ts'
import { trusting } from '../../support/trust.ts'

const now = new Date('2026-11-21T01:30:00Z')
const seconds = Math.floor(now.getTime() / 1000)
const issuer = makeIssuer()
const cti = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7)
const claims: Claims = { iss: 'TEST', iat: seconds, exp: seconds + 600, cti }
const identity = new Map<number, unknown>([
  [4, 'NGUYEN VAN MAU'],
  [8, '19900115'],
  [9, 1],
])

function read(code: string, issuers = [issuer.entry], at = now): Credential {
  return readCredential(Buffer.from(code), trusting(issuers, at))
}

describe('a signed code', () => {
  it.each(Object.entries(signedExamples))('of another program is read: %s', (_name, code) => {
    expect(read(code, [exampleIssuer], signedAt)).toMatchObject({ kind: 'signed', check: 'good' })
  })

  it('on a screen is over after its two minutes', () => {
    const credential = read(signedExamples.screen, [exampleIssuer])
    const minted = signedAt.getTime()
    expect(credential).toMatchObject({ validity: { notBefore: minted, expires: minted + 120_000 } })
    expect(faultOf(credential, { cti: new Set(), kid: new Set() }, minted)).toBe('')
    expect(faultOf(credential, { cti: new Set(), kid: new Set() }, now.getTime())).toBe('expired')
  })

  it('is read as it was minted', () => {
    const anyClaims = fc.record({
      iss: fc.constantFrom('TEST', undefined),
      iat: fc.integer({ min: 0, max: 4_000_000_000 }),
      nbf: fc.option(fc.integer({ min: 0, max: 4_000_000_000 }), { nil: undefined }),
      exp: fc.integer({ min: 0, max: 4_000_000_000 }),
      cti: fc.uint8Array({ minLength: 8, maxLength: 8 }),
      id: fc.option(fc.constantFrom('001090000001', 'B0000001'), { nil: undefined }),
      name: fc.option(fc.constantFrom('NGUYEN VAN MAU', 'Nguyễn Văn Mẫu', 'Mẫu'), { nil: undefined }),
      born: fc.option(fc.constantFrom('19900115', '19900000'), { nil: undefined }),
      sex: fc.option(fc.constantFrom(1, 2, 3), { nil: undefined }),
    })
    fc.assert(
      fc.property(anyClaims, ({ iss, iat, nbf, exp, id, name, born, sex, ...given }) => {
        const members: [number, unknown][] = [
          [1, id],
          [4, name],
          [8, born],
          [9, sex],
        ]
        const identity = new Map(members.filter(([, value]) => value !== undefined))
        const optional = { ...(iss && { iss }), ...(nbf !== undefined && { nbf }) }
        const code = issuer.mint({ iat, exp, cti: given.cti, identity, ...optional })
        const credential = read(code)
        expect(credential).toMatchObject({
          kind: 'signed',
          check: 'good',
          proof: { kid: issuer.entry.kid, cti: Buffer.from(given.cti).toString('base64url') },
          validity: { notBefore: Math.max(iat, nbf ?? iat) * 1000, expires: exp * 1000 },
        })
        const born8 = born && `${born.slice(0, 4)}-${born.slice(4, 6)}-${born.slice(6)}`
        expect('person' in credential && credential.person.reveal()).toEqual({
          ...(id && { document: id }),
          ...(name && { name }),
          ...(born8 && { birthDate: born8 }),
          ...(sex === 1 && { sex: 'male' }),
          ...(sex === 2 && { sex: 'female' }),
        })
      }),
    )
  })

  it('is masked by the official rule', () => {
    const withId = new Map([...identity, [1, '001090000001']] as const)
    expect(read(issuer.mint({ ...claims, identity: withId }))).toMatchObject({
      masked: { name: 'NGUYEN VAN ***', document: '******000001', birthYear: 1990 },
    })
    expect(read(issuer.mint(claims))).toMatchObject({ masked: {} })
  })

  it('hides the first six characters of a number whatever they are', () => {
    const odd = new Map([[1, '00\n109000001']])
    expect(read(issuer.mint({ ...claims, identity: odd }))).toMatchObject({ masked: { document: '******000001' } })
  })

  it('stands for one person: by the number where it holds one, else by its own id', () => {
    const key = new Uint8Array(32)
    const subject = (claims: Claims) => {
      const credential = read(issuer.mint(claims))
      return 'person' in credential && credential.person.subjects(key)[0]
    }
    const numbered = { ...claims, identity: new Map([[1, '001090000001']]) }
    expect(subject(numbered)).toBe(subject({ ...numbered, cti: new Uint8Array(8) }))
    expect(subject(claims)).not.toBe(subject({ ...claims, cti: new Uint8Array(8) }))
  })

  it('is read when Caps Lock turned its letters over', () => {
    expect(read(issuer.mint(claims).toLowerCase()).check).toBe('good')
  })

  it('is refused in a mixture of cases', () => {
    const code = issuer.mint({ ...claims, identity })
    expect(read(`VNG1:${code.slice(5).toLowerCase()}`)).toEqual({ kind: 'signed', check: 'malformed' })
  })

  it('gives one name for every way to write its letters', () => {
    const named = (name: string) => read(issuer.mint({ ...claims, identity: new Map([[4, name]]) }))
    const credential = named('Nguyễn Văn Mẫu'.normalize('NFD'))
    expect(credential).toMatchObject({ masked: { name: 'Nguyễn Văn ***'.normalize('NFC') } })
    expect('person' in credential && credential.person.reveal()).toEqual({ name: 'Nguyễn Văn Mẫu'.normalize('NFC') })
  })

  it('is of an unknown issuer when no key has its id', () => {
    expect(read(issuer.mint(claims), [])).toEqual({ kind: 'signed', check: 'unknown-issuer' })
    expect(read(issuer.mint(claims), [makeIssuer().entry]).check).toBe('unknown-issuer')
  })

  it('has a bad signature when another key has its id', () => {
    const impostor = { ...makeIssuer().entry, kid: issuer.entry.kid }
    expect(read(issuer.mint(claims), [impostor])).toEqual({ kind: 'signed', check: 'bad-signature' })
  })

  it('shows nothing of its claims before they are proven', () => {
    const impostor = { ...makeIssuer().entry, kid: issuer.entry.kid }
    expect(Object.keys(read(issuer.mint({ ...claims, identity }), [impostor]))).toEqual(['kind', 'check'])
  })

  it('never throws for the key of an issuer that is no point of the curve', () => {
    for (const x of ['A'.repeat(43), '_'.repeat(43), `${'A'.repeat(42)}E`]) {
      const odd = { ...issuer.entry, key: { ...issuer.entry.key, x } }
      expect(read(issuer.mint(claims), [odd]).check).toBe('bad-signature')
    }
  })

  it('counts while the key of its issuer is in force, both ends included', () => {
    const [from, to] = ['2026-11-21T01:00:00Z', '2026-11-21T02:00:00+00:00']
    const dated = makeIssuer({ from, to })
    const check = (at: number) => read(dated.mint(claims), [dated.entry], new Date(at)).check
    const [first, last] = [Date.parse(from), Date.parse(to)]
    expect([first - 1, first, last, last + 1].map(check)).toEqual(['unknown-issuer', 'good', 'good', 'unknown-issuer'])
  })

  it('is checked against the one of two keys that is in force', () => {
    const old = { ...makeIssuer().entry, kid: issuer.entry.kid, to: '2026-02-01T00:00:00Z' }
    expect(read(issuer.mint(claims), [old, issuer.entry]).check).toBe('good')
  })
})
