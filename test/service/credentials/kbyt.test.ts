import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kbyt } from '../../../service/credentials/formats/kbyt.ts'
import { Person } from '../../../service/credentials/person.ts'
import { noTrust } from '../../../service/credentials/trust.ts'
import { kbytExamples } from '../../support/examples.ts'

const reading = { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') }
const key = new Uint8Array(32)
const uuid = '00000000-0000-4000-8000-0000000000ab'

function read(text: string) {
  const credential = kbyt.recognise(text, null) ? kbyt.parse(text, reading) : null
  return credential !== null && 'person' in credential ? credential : null
}

describe('the link to a health declaration', () => {
  it.each([
    [kbytExamples.view, '00000000-0000-4000-8000-000000000001'],
    [kbytExamples.query, '00000000-0000-4000-8000-000000000002'],
    [kbytExamples.checkIn, '00000000-0000-4000-8000-000000000003'],
    [`http://kbyt.khambenh.gov.vn/id=${uuid}`, uuid],
    [`HTTPS://KBYTCQ.KHAMBENH.GOV.VN/?ID=${uuid.toUpperCase()}&x=1`, uuid],
  ])('tells the declaration and nothing else: %s', (text, id) => {
    const credential = read(text)
    expect(credential).toMatchObject({ kind: 'kbyt', check: 'good', proof: null, validity: null, masked: {} })
    expect(credential?.person.subjects(key)).toEqual(new Person([`kbyt:${id}`], {}).subjects(key))
    expect(credential?.person.reveal()).toEqual({})
  })

  it.each([
    ['is of a place', `https://kbytcq.khambenh.gov.vn/#tokhai_yte/model?&o=${uuid}&dd_id=${uuid}&n=TRUONG%20MAU&stt=1`],
    ['names a place beside a person', `https://kbytcq.khambenh.gov.vn/?id=${uuid}&DD_ID=${uuid}`],
    ['has another key that ends in id', `https://kbyt.khambenh.gov.vn/?uid=${uuid}`],
    ['has no uuid', 'https://kbyt.khambenh.gov.vn/?id=1'],
    ['has more than a uuid', `https://kbyt.khambenh.gov.vn/?id=${uuid}0`],
    ['has no id', 'https://kbyt.khambenh.gov.vn/'],
    ['is of another host', `https://khambenh.gov.vn/?id=${uuid}`],
    ['only begins with the host', `https://kbyt.khambenh.gov.vn.example.com/?id=${uuid}`],
    ['hides another host', `https://kbyt.khambenh.gov.vn@example.com/?id=${uuid}`],
    ['holds the host as text', `https://example.com/https://kbyt.khambenh.gov.vn/?id=${uuid}`],
    ['is not of the web', `ftp://kbyt.khambenh.gov.vn/?id=${uuid}`],
  ])('is not one that %s', (_what, text) => {
    expect(read(text)).toBeNull()
  })

  it('gives a value for any text behind the host', () => {
    const anyPart = fc.oneof(fc.constantFrom('id=', '?', '&', '#', uuid, uuid.slice(1)), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(fc.array(anyPart), (parts) => {
        const text = `https://kbyt.khambenh.gov.vn/${parts.join('')}`
        expect(kbyt.parse(text, reading).check).toBe(kbyt.recognise(text, null) ? 'good' : 'malformed')
      }),
    )
  })
})
