import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emv } from '../../../service/credentials/formats/emv.ts'
import { noTrust } from '../../../service/credentials/trust.ts'

/** The checksums of all codes here were reckoned by another program than ours. */
const vietQr =
  '00020101021238560010A0000007270126000697040001120000000000010208QRIBFTTA53037045405500005802VN62110807Ve cong63043214'
const vnPay = '00020101021226280010A0000007750110000000000153037045405200005802VN5912CUA HANG MAU6304DB58'
const payee = '00020138560010A0000007270126000697040001120000000000010208QRIBFTTA'

const damaged = { kind: 'emv', check: 'damaged' }
const payment = { kind: 'emv', check: 'not-personal' }

function read(text: string) {
  const reading = { trust: noTrust, now: new Date('2026-11-21T08:30:00+07:00') }
  return emv.recognise(text, null) ? emv.parse(text, reading) : null
}

describe('a payment code', () => {
  it.each([
    ['of VietQR', `${payee}53037045802VN63042397`],
    ['of VietQR for one sum', vietQr],
    ['of VNPay', vnPay],
    ['with a checksum that begins with 0', `${payee}53037045402055802VN63040C5A`],
    ['with its checksum in small letters', vnPay.replace('DB58', 'db58')],
    ['with an empty field', payee.replace('000201', '0002016200').concat('53037045802VN63047D45')],
    ['that counts the letters of a name', `${payee}53037045802VN5912CỬA HÀNG MẪU6304F583`],
    ['that counts the bytes of a name', `${payee}53037045802VN5917CỬA HÀNG MẪU63043F1A`],
  ])('%s is named', (_what, text) => {
    expect(read(text)).toEqual(payment)
  })

  it.each([
    ['that names its payee abroad', '00020129370016A0000006770101110113000000000000153037645802TH630417C5'],
    ['that names no payee', '00020153037045802VN5912CUA HANG MAU63049E4C'],
    ['with the mark of VietQR in a name', '00020153037045802VN59140010A0000007276304B369'],
    ['with the mark of VietQR in the place of VNPay', '00020126140010A00000072753037045802VN63047D05'],
    ['with the mark of VietQR under another id', '00020138140110A00000072753037045802VN6304CA3E'],
    ['with a mark cut short', '00020138130010A0000007253037045802VN63045527'],
  ])('%s may be an invoice', (_what, text) => {
    expect(read(text)).toEqual({ ...payment, variant: 'invoice' })
  })

  it.each([
    ['nothing behind its first field', '000201'],
    ['another checksum', `${vietQr.slice(0, -1)}5`],
    ['no checksum', vietQr.slice(0, -8)],
    ['a checksum of letters that are no digits', `${vietQr.slice(0, -4)}GGGG`],
    ['a checksum that is not last', `${vietQr}6200`],
    ['a checksum under another id', `${payee}6304000053037045802VN6404AEFB`],
    ['a checksum of five digits', `${payee}53037045802VN6305033B6`],
    ['a length that leads beyond its end', `${payee}5803VN63043E14`],
    ['a checksum that leads beyond its end', `${payee}53037045802VN630533B6`],
    ['a length that is no number', vietQr.replace('5802VN', '58xxVN')],
  ])('is damaged with %s', (_what, text) => {
    expect(read(text)).toEqual(damaged)
  })

  it('is damaged by any other character in any place', () => {
    const place = fc.integer({ min: 6, max: vietQr.length - 1 })
    fc.assert(
      fc.property(place, fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        fc.pre(character.toUpperCase() !== vietQr[at])
        expect(read(vietQr.slice(0, at) + character + vietQr.slice(at + 1))).toEqual(damaged)
      }),
    )
  })

  it('is known by its first field', () => {
    expect(read('000202')).toBeNull()
    expect(read(` ${vietQr}`)).toBeNull()
  })

  it('is never more than named, whatever follows', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (rest) => {
        expect(read(`000201${rest}`)).toMatchObject({ kind: 'emv' })
      }),
    )
  })
})
