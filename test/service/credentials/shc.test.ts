import { expect, it } from 'vitest'
import { shc } from '../../../service/credentials/formats/shc.ts'
import { noTrust } from '../../../service/credentials/trust.ts'

const read = (text: string) => shc.parse(text, { trust: noTrust, now: new Date() })

it.each([
  'shc:/5676290952432060346029243740446031222959532654603460292540772804336029120175',
  'SHC:/567629',
  'Shc:/56',
])('a SMART Health Card is of an issuer that nobody told the gate: %s', (text) => {
  expect(shc.recognise(text, null)).toBe(true)
  expect(read(text)).toEqual({ kind: 'shc', check: 'unknown-issuer' })
})

it.each(['shc:/1/2/56762909524320603460', 'SHC:/2/2/56', 'shc:/10/12/5676'])(
  'a part of one asks for all: %s',
  (text) => {
    expect(shc.recognise(text, null)).toBe(true)
    expect(read(text)).toEqual({ kind: 'shc', check: 'multi-part' })
  },
)

it.each(['shc:/', 'shc:/567', 'shc:/56a7', 'shc:56', 'shc:/1/56', 'shc:/1/2/3/56', 'shc://56', ' shc:/56', 'shc:/٥٦'])(
  'is no SMART Health Card: %s',
  (text) => {
    expect(shc.recognise(text, null)).toBe(false)
  },
)
