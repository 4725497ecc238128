import { expect, test } from 'vitest'
import { CodeKind } from '../../contract/code.ts'
import { kind, mistake } from '../../renderer/kinds.ts'

const of = (kind: string) => ({ kind, verified: false })
const personal = ['signed', 'dcc', 'shc', 'vdsnc', 'cccd', 'pccovid', 'bhyt', 'kbyt', 'barenum']
const unrecognised = ['json', 'uuid', 'unknown']

test('Every kind has a name, and only what was not recognised is another code', () => {
  for (const known of CodeKind.options)
    expect(kind(of(known)).en === 'Other code', known).toBe(unrecognised.includes(known))
})

test('Every sort of personal code has a name of its own', () => {
  expect(new Set(personal.map((known) => kind(of(known)).vi)).size).toBe(personal.length)
})

test('Every code that is shown by mistake is named in the sentence about it', () => {
  const nameless = { vi: 'Đây không phải mã cá nhân', en: 'This is not a personal code' }
  const mistaken = CodeKind.options.filter((known) => !personal.includes(known) && !unrecognised.includes(known))
  for (const known of mistaken) {
    expect(mistake(of(known)), known).not.toEqual(nameless)
    expect(mistake(of(known)).vi, known).toMatch(/^Đây là /)
  }
  expect(mistake(of('uuid'))).toEqual(nameless)
})

test('All payment codes get the same sentence, and one that may be an invoice says so', () => {
  for (const payment of ['emv', 'momo', 'upi']) expect(mistake(of(payment)).vi).toBe('Đây là mã thanh toán')
  const invoice = { ...of('emv'), variant: 'invoice' } as const
  expect(mistake(invoice).vi).toBe('Đây là mã thanh toán hoặc hóa đơn')
  expect(kind(invoice).en).toBe('Payment or invoice code')
})

test('The code of a place is said to be the place’s, not the visitor’s', () => {
  expect(mistake(of('venue')).vi).toBe('Đây là mã của địa điểm, không phải của quý khách')
})

test('A kind of the site is called what the site calls it, without characters that would turn the text', () => {
  const label = { vi: 'Thẻ nhân\u202e viên', en: 'Staff\u0007 card' }
  expect(kind({ ...of('x-staff'), label })).toEqual({ vi: 'Thẻ nhân viên', en: 'Staff card' })
})

test('A site cannot rename a kind that is known everywhere', () => {
  expect(kind({ ...of('cccd'), label: { vi: 'Vé', en: 'Ticket' } })).toEqual(kind(of('cccd')))
})

test('A kind that this version does not know is called another code', () => {
  for (const other of ['from-the-future', 'constructor', 'x-without-label'])
    expect(kind(of(other)), other).toEqual({ vi: 'Mã khác', en: 'Other code' })
})
