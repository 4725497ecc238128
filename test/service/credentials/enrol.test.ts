import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { enrol } from '../../../service/credentials/formats/enrol.ts'
import { noTrust } from '../../../service/credentials/trust.ts'

const key = 'Ab-_'.repeat(10).concat('xyz')
const rest = `?url=https%3A%2F%2Fplatform.example&token=Tok-En_1&key=${key}`
const code = { url: 'https://platform.example', token: 'Tok-En_1', key }
const malformed = { kind: 'enrol', check: 'malformed' }

function read(text: string) {
  const reading = { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') }
  return enrol.recognise(text, null) ? enrol.parse(text, reading) : null
}

describe("a platform's enrolment code", () => {
  it.each(['gate-enrol:', 'GATE-ENROL:', 'Gate-Enrol:'])('is read after %s, its token as it stands', (scheme) => {
    expect(read(scheme + rest)).toEqual({ kind: 'enrol', check: 'enrolment', code })
  })

  it.each([
    ['nothing in it', 'gate-enrol:'],
    ['no question mark', `gate-enrol:${rest.slice(1)}`],
    ['no token', `gate-enrol:${rest.replace('Tok-En_1', '')}`],
    ['an address that is not safe', `gate-enrol:${rest.replace('https', 'http')}`],
    ['a short key', `gate-enrol:${rest.slice(0, -1)}`],
    ['more than 1000 characters', `gate-enrol:${rest}&x=${'x'.repeat(1000)}`],
  ])('is malformed with %s', (_what, text) => {
    expect(read(text)).toEqual(malformed)
  })

  it.each(['gate-enrol', 'gate-enroll:x', 'x gate-enrol:', ''])('is not %j', (text) => {
    expect(read(text)).toBeNull()
  })

  it('throws at nothing that follows', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (what) => {
        expect(read(`gate-enrol:?url=https://${what}&token=1&key=${key}`)).toMatchObject({ kind: 'enrol' })
      }),
    )
  })
})
