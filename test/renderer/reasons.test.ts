import { expect, test } from 'vitest'
import { Reason } from '../../contract/outcome.ts'
import { explain } from '../../renderer/reasons.ts'

const explained = (reason: Reason, kind = 'unknown') => explain({ reason, credential: { kind, verified: false } })

test('Every reason but the plain admission says what is wrong and what to do', () => {
  for (const reason of Reason.options.filter((reason) => reason !== '')) {
    const { title, advice } = explained(reason) ?? {}
    expect(title?.vi, reason).toBeTruthy()
    expect(advice?.vi, reason).toMatch(/quý khách|vui lòng/i)
  }
  expect(explained('')).toBeUndefined()
})

test('No two reasons say the same', () => {
  const titles = Reason.options.map((reason) => explained(reason)?.title.vi)
  expect(new Set(titles).size).toBe(titles.length)
})

test('A damaged code is still called what it is', () => {
  const invoice = { kind: 'emv', verified: false, variant: 'invoice' } as const
  expect(explained('damaged', 'emv')?.title.vi).toBe('Đây là mã thanh toán · Mã bị hỏng')
  expect(explain({ reason: 'damaged', credential: invoice })?.title.en).toBe(
    'This is a payment or invoice code · Damaged',
  )
})

test('Whoever shows the secret of one-time passwords is told to put it away', () => {
  expect(explained('not-personal', 'otp')?.advice.vi).toContain('cất mã này')
  expect(explained('not-personal', 'emv')?.advice.vi).toBe('Vui lòng đưa mã QR cá nhân hoặc thẻ căn cước')
})

test('A certificate that has expired is called genuine; another code is only called expired', () => {
  expect(explained('expired', 'dcc')?.title.en).toBe('This certificate is genuine but has expired')
  expect(explained('expired', 'bhyt')?.title.en).toBe('This code has expired')
})

test('Whoever shows a code that nobody can read hears why, and that the card can be read', () => {
  const { vi, en } = explained('unknown')?.advice ?? {}
  for (const name of ['thẻ căn cước', 'VNeID', 'giấy phép lái xe', 'vé tàu']) expect(vi).toContain(name)
  for (const name of ['ID card', 'VNeID', 'driving licences', 'train tickets']) expect(en).toContain(name)
})
