import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CredentialFormat } from '../../../service/credentials/credential.ts'
import { bcbp } from '../../../service/credentials/formats/bcbp.ts'
import { contact } from '../../../service/credentials/formats/contact.ts'
import { json } from '../../../service/credentials/formats/json.ts'
import { momo } from '../../../service/credentials/formats/momo.ts'
import { otp } from '../../../service/credentials/formats/otp.ts'
import { product } from '../../../service/credentials/formats/product.ts'
import { uuid } from '../../../service/credentials/formats/uuid.ts'
import { vcard } from '../../../service/credentials/formats/vcard.ts'
import { viettelpay } from '../../../service/credentials/formats/viettelpay.ts'
import { wallet2 } from '../../../service/credentials/formats/wallet2.ts'
import { wifi } from '../../../service/credentials/formats/wifi.ts'
import { noTrust } from '../../../service/credentials/trust.ts'

const formats: readonly CredentialFormat[] = [
  product,
  momo,
  wifi,
  vcard,
  otp,
  ...contact,
  bcbp,
  wallet2,
  viettelpay,
  json,
  uuid,
]

function read(text: string, symbology: string | null = null) {
  const format = formats.find(({ recognise }) => recognise(text, symbology))
  return format?.parse(text, { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') }) ?? null
}

/** As a keyboard reader sends it while Caps Lock is on. */
function underCapsLock(text: string): string {
  return Array.from(text, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('')
}

const prefixed = [
  ['momo', '2|99|0900000001|NGUYEN VAN MAU||0|0|50000|Ve cong|transfer_myqr'],
  ['momo', '2|99|0900000003|TRAN VI DU|a@example.vn|0|0|10000|x|transfer_myqr|00000001'],
  ['wifi', 'WIFI:T:WPA;S:Quan Mau;P:matkhau00;;'],
  ['wifi', 'WIFI:S:Free;T:nopass;;'],
  ['wifi', 'wifi:T:WPA2;S:a\\;b;P:c;;'],
  ['vcard', 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nguyễn Văn Mẫu\r\nEND:VCARD'],
  ['vcard', 'MECARD:N:Mau;TEL:0900000001;;'],
  ['otp', 'otpauth://totp/Vi%20du?secret=AAAAAAAA'],
  ['otp', 'otpauth-migration://offline?data=AAAA'],
  ['tel', 'tel:+84900000001'],
  ['sms', 'sms:0900000001'],
  ['sms', 'smsto:0900000001:Xin chao'],
  ['mailto', 'mailto:a@example.vn'],
  ['geo', 'geo:21.0,105.8'],
  ['market', 'market://details?id=vn.example'],
  ['upi', 'upi://pay?pa=mau@example'],
  ['bcbp', 'M1MAU/VAN             EABC123 HANSGNVN 0123 326Y001A0025 100'],
  ['bcbp', 'M2NGHIEM/LE           EQWE456 DADHANQH 0789 200J003D0007 100'],
  ['wallet2', 'mdoc:owBjMS4w'],
  ['wallet2', 'openid4vp://?request_uri=x'],
  ['wallet2', 'openid-credential-offer://?credential_offer=x'],
  ['wallet2', 'haip://?x'],
  ['wallet2', 'eudi-openid4vp://?x'],
] as const

describe('a code shown by mistake', () => {
  it.each(prefixed)('is named: %s', (kind, text) => {
    expect(read(text)).toEqual({ kind, check: 'not-personal' })
  })

  it.each(prefixed)('is named under Caps Lock: %s', (kind, text) => {
    expect(read(underCapsLock(text))).toEqual({ kind, check: 'not-personal' })
  })

  it.each(prefixed)('is named by what it begins with alone: %s', (_kind, text) => {
    expect(read(`x${text}`)).toBeNull()
  })

  it.each([
    'BEGIN:VEVENT\nSUMMARY:Họp\nEND:VEVENT',
    'telephone:0900000001',
    'M1MAU/VAN',
    'M0MAU/VAN             EABC123 HANSGNVN 0123',
    '2|9|0900000001|NGUYEN VAN MAU',
    'wifi',
    '',
  ])('is nothing that only resembles one: %j', (text) => {
    expect(read(text)).toBeNull()
  })

  it('is a product whatever its digits are, when the reader says so', () => {
    expect(read('8930000000017', 'E0')).toEqual({ kind: 'product', check: 'not-personal' })
    expect(read('001090000001', 'E3')).toEqual({ kind: 'product', check: 'not-personal' })
  })

  it.each(['Q1', 'C0', 'e0', null])('is no product with the symbology %s', (symbology) => {
    expect(read('8930000000017', symbology)).toBeNull()
  })
})

describe('JSON', () => {
  it.each(['{}', '[]', ' {"a": [1]}', '[[["x"]]]', '{"bankCode":"VTT"}', '{"cust_mobile":"1","bankCode":"ABC"}'])(
    'is a code that is not recognised: %s',
    (text) => {
      expect(read(text)).toEqual({ kind: 'json', check: 'unknown' })
    },
  )

  it('of ViettelPay is a wallet', () => {
    const text = '{"bankCode":"VTT","cust_mobile":"0900000001","cust_name":"NGUYEN VAN MAU"}'
    expect(read(text)).toEqual({ kind: 'wallet', check: 'not-personal' })
  })

  it.each(['{', '[1,]', '{"a":1} x', '{a:1}', '12', '"x"', 'null', 'true', '['.repeat(8000)])('is not %s', (text) => {
    expect(read(text)).toBeNull()
  })
})

describe('a UUID', () => {
  it.each(['00000000-0000-4000-8000-00000000000a', '0190A6E0-0000-7000-8000-00000000000B'])('is named: %s', (text) => {
    expect(read(text)).toEqual({ kind: 'uuid', check: 'unknown' })
  })

  it.each([
    '00000000-0000-4000-8000-00000000000',
    '00000000-0000-4000-8000-00000000000g',
    '0000000000004000800000000000000a',
    'x 00000000-0000-4000-8000-00000000000a',
    '00000000-0000-4000-8000-00000000000a x',
  ])('is not %s', (text) => {
    expect(read(text)).toBeNull()
  })
})

describe('these formats', () => {
  it('throw on no text', () => {
    const starts = ['', '{', '[', 'M1', '2|99|', '{"bankCode":"VTT","cust_mobile":']
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.string({ unit: 'binary', maxLength: 300 }), (start, rest) => {
        expect(() => read(start + rest)).not.toThrow()
      }),
    )
  })
})
