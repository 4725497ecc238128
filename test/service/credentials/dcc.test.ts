import { Tagged } from 'cborg'
import { describe, expect, it } from 'vitest'
import { dcc } from '../../../service/credentials/formats/dcc.ts'
import { noTrust, type Trust } from '../../../service/credentials/trust.ts'
import { faultOf } from '../../../service/rules/fault.ts'
import { certificateOf, certified, exp, groups, iat, makeSigner, nam, trustIn } from '../../support/dcc.ts'

const now = new Date('2026-11-21T01:30:00Z')
const signer = makeSigner()
const trust = trustIn(signer)
const nothingRevoked = { cti: new Set<string>(), kid: new Set<string>() }

const read = (code: string, by: Trust = trust) => dcc.parse(code, { trust: by, now })
const reveal = (code: string) => {
  const credential = read(code)
  return 'person' in credential && credential.person.reveal()
}

describe('an EU certificate', () => {
  it.each([
    ['v', { type: 'vaccination', dose: 2, doses: 3 }],
    ['t', { type: 'test' }],
    ['r', { type: 'recovery' }],
  ] as const)('is read: %s', (group, certificate) => {
    const credential = read(signer.mint({ dcc: certificateOf(group) }))
    expect(credential).toMatchObject({
      kind: 'dcc',
      check: 'good',
      proof: { kid: Buffer.from(signer.kid).toString('base64url'), cti: null },
      validity: { notBefore: iat * 1000, expires: exp * 1000 },
      masked: { name: 'N. V. M.', birthYear: 1990, certificate },
    })
    expect('person' in credential && credential.person.reveal()).toEqual({
      name: 'Nguyễn Văn Mẫu',
      birthDate: '1990-01-15',
      certificate,
    })
  })

  it('shows no name, batch or id of the certificate, and of the birth date the year alone', () => {
    const credential = read(signer.mint())
    const shown = JSON.stringify('masked' in credential && credential.masked)
    for (const hidden of ['Nguyễn', 'Mẫu', '01-15', groups.v.ci, groups.v.mp]) expect(shown).not.toContain(hidden)
  })

  it('shows one initial of the family name and all of the given ones', () => {
    const named = (fn: string, gn: string) =>
      read(signer.mint({ dcc: { ...certificateOf('v'), nam: { ...nam, fn, gn } } }))
    expect(named('Công Tằng Tôn Nữ', 'Ví Dụ')).toMatchObject({ masked: { name: 'C. V. D.' } })
    expect(named('Ảo', '')).toMatchObject({ masked: { name: 'Ả. V. M.' } })
  })

  it('stands for its holder by its own id', () => {
    const subject = (ci: string) => {
      const credential = read(signer.mint({ dcc: { ...certificateOf('v'), v: [{ ...groups.v, ci }] } }))
      return 'person' in credential && credential.person.subjects(new Uint8Array(32))
    }
    expect(subject('URN:A')).toEqual(subject('URN:A'))
    expect(subject('URN:A')).toHaveLength(1)
    expect(subject('URN:A')).not.toEqual(subject('URN:B'))
  })

  it('is read when its key is of RSA', () => {
    const rsa = makeSigner('PS256')
    expect(read(rsa.mint(), trustIn(rsa)).check).toBe('good')
  })

  it.each([
    ['no tag', []],
    ['the tag of COSE', [0xd2]],
    ['the tags of CWT and COSE', [0xd8, 61, 0xd2]],
    ['the tag of CWT alone', [0xd8, 61]],
  ])('is read with %s', (_what, tags) => {
    expect(read(signer.mint({ tags })).check).toBe('good')
  })

  it('is read when Caps Lock turned its letters over, and in no mixture of cases', () => {
    const code = signer.mint()
    expect(dcc.recognise(code.toLowerCase(), null)).toBe(true)
    expect(read(code.toLowerCase()).check).toBe('good')
    expect(dcc.recognise(`Hc1:${code.slice(4)}`, null)).toBe(false)
    expect(read(`HC1:${code.slice(4).toLowerCase()}`).check).toBe('malformed')
  })

  it.each(['HC2:', 'HC9:', 'HCA:', 'HCZ:', 'hc2:'])('is of a version that nobody knows yet with %s', (prefix) => {
    const code = prefix + signer.mint().slice(4)
    expect(dcc.recognise(code, null)).toBe(true)
    expect(read(code)).toEqual({ kind: 'dcc', check: 'unsupported' })
  })

  it.each(['', 'HC0:', 'HL0:', 'HC1', ' HC1:', 'HC12:', 'XHC1:'])('is not recognised with %j in front', (prefix) => {
    expect(dcc.recognise(prefix + signer.mint().slice(4), null)).toBe(false)
  })
})

describe('the dates of an EU certificate', () => {
  it.each([
    ['before its issue', iat * 1000 - 121_000, 'not-yet-valid'],
    ['at its issue', iat * 1000, ''],
    ['at its end', exp * 1000, ''],
    ['after its end', exp * 1000 + 121_000, 'expired'],
  ])('are judged by the rules: %s', (_when, at, fault) => {
    expect(faultOf(read(signer.mint()), nothingRevoked, at)).toBe(fault)
  })

  it('lie within those of the certificate of its signer', () => {
    const dated = certified('year2026')
    const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 11, 31, 23, 59, 59)]
    const validity = (times: { iat: number; exp: number }) => read(dated.mint(times), trustIn(dated))
    expect(validity({ iat: from / 1000 - 9, exp: to / 1000 + 9 })).toMatchObject({
      validity: { notBefore: from, expires: to },
    })
    expect(validity({ iat: from / 1000 + 9, exp: to / 1000 - 9 })).toMatchObject({
      validity: { notBefore: from + 9000, expires: to - 9000 },
    })
  })

  it('may have a fraction', () => {
    expect(read(signer.mint({ iat: iat + 0.5, exp: exp + 0.5 }))).toMatchObject({
      validity: { notBefore: iat * 1000 + 500, expires: exp * 1000 + 500 },
    })
  })
})

describe('what an EU certificate says', () => {
  it.each([
    ['the year of birth alone', { dob: '1990' }, { birthDate: '1990-00-00' }],
    ['year and month', { dob: '1990-02' }, { birthDate: '1990-02-00' }],
    ['no date of birth', { dob: '' }, { birthDate: undefined }],
    ['a date of birth with its midnight', { dob: '1990-01-15T00:00:00' }, { birthDate: '1990-01-15' }],
    ['a name for machines alone', { nam: { fnt: 'NGUYEN', gnt: 'VAN<MAU' } }, { name: 'NGUYEN VAN MAU' }],
    ['one name alone', { nam: { fn: 'Nguyễn', fnt: 'NGUYEN' } }, { name: 'Nguyễn' }],
    ['no name', { nam: { fn: '', fnt: '' } }, { name: undefined }],
    ['a name in parts', { nam: { ...nam, fn: nam.fn.normalize('NFD') } }, { name: 'Nguyễn Văn Mẫu'.normalize('NFC') }],
    ['groups that are not there', { t: null, r: null }, {}],
    ['a tagged date', { v: [{ ...groups.v, dt: new Tagged(0, '2026-02-18') }] }, {}],
    ['a date in seconds', { v: [{ ...groups.v, dt: 1771372800 }] }, {}],
    ['what no schema knows', { meta: { a: [1] } }, {}],
  ])('may be %s', (_what, change, expected) => {
    const usual = {
      name: 'Nguyễn Văn Mẫu',
      birthDate: '1990-01-15',
      certificate: { type: 'vaccination', dose: 2, doses: 3 },
    }
    expect(reveal(signer.mint({ dcc: { ...certificateOf('v'), ...change } }))).toEqual({ ...usual, ...expected })
  })

  it('shows neither a name nor a year that it does not tell', () => {
    const credential = read(signer.mint({ dcc: { ...certificateOf('r'), nam: { fnt: '' }, dob: '' } }))
    expect('masked' in credential && credential.masked).toStrictEqual({ certificate: { type: 'recovery' } })
  })

  it('is not looked at while nobody is trusted', () => {
    expect(read(signer.mint(), noTrust)).toEqual({ kind: 'dcc', check: 'unknown-issuer' })
  })
})
