import { expect, it } from 'vitest'
import { vdsnc } from '../../../service/credentials/formats/vdsnc.ts'
import { noTrust } from '../../../service/credentials/trust.ts'

it.each([
  '{"data":{"hdr":{"t":"icao.vacc","v":1,"is":"UTO"},"msg":{"uvci":"U00001","pid":{"n":"Mau Van","dob":"1990-01-02","sex":"M","i":"X0000001"},"ve":[]}},"sig":{"alg":"ES256","cer":"AA","sigvl":"AA"}}',
  '{"data":{"hdr":{"t":"icao.test","v":1,"is":"UTO"},"msg":{"utci":"U00002","pid":{"n":"Vi Du","dob":"1985-11-20"}}},"sig":{"alg":"ES384","cer":"AA","sigvl":"AA"}}',
  '{ "data": {"hdr": {"is":"UTO","t":"icao.vacc","v":1}, "msg": {}}, "sig": {"alg":"ES256","cer":"AA","sigvl":"AA"} }',
])('a visible digital seal is of an issuer that nobody told the gate: %s', (text) => {
  expect(vdsnc.recognise(text, null)).toBe(true)
  expect(vdsnc.parse(text, { trust: noTrust, now: new Date() })).toEqual({ kind: 'vdsnc', check: 'unknown-issuer' })
})

const seal = (change: object) => JSON.stringify({ data: { hdr: { t: 'icao.vacc' } }, sig: { sigvl: 'AA' }, ...change })

it.each([
  ['another type', seal({ data: { hdr: { t: 'vacc' } } })],
  ['a type that is no text', seal({ data: { hdr: { t: ['icao.vacc'] } } })],
  ['no header', seal({ data: {} })],
  ['no data', seal({ data: null })],
  ['no signature', seal({ sig: {} })],
  ['a list around it', `[${seal({})}]`],
  ['something in front', ` ${seal({})}`],
  ['its end cut off', seal({}).slice(0, -1)],
  ['braces without end', '{"data":'.repeat(1000)],
  ['nothing but a brace', '{'],
])('is no visible digital seal with %s', (_what, text) => {
  expect(vdsnc.recognise(seal({}), null)).toBe(true)
  expect(vdsnc.recognise(text, null)).toBe(false)
})
