import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mend } from '../../../service/credentials/mojibake.ts'
import { misread, misreadings, throughStrict1252, toWindows1258 } from '../../support/encodings.ts'
import { anyCard, toCccd } from '../../support/people.ts'

const text = 'Nguyễn Văn Mẫu, Số 1 phố Mẫu – “Ví Dụ” …, Hà Nội'

const anyAddress = fc.constantFrom(
  'Số 5 – 7 đường “Thử”, Thị Xã…',
  'XÃ… HÀ–NAM, THỊ XÃ”',
  '“XÃ” HÒA – GÒ CÁT…',
  'MÌ” BÉ… MÈ– ĐÃ’ Á… ‘Ơ’ Ư”',
  '« Cá » Mã’s\u00A0',
  'Â, Ă',
  '25°C ½ Ly Quân™ €5 3₫',
)
const anyGenuine = fc
  .tuple(anyCard, anyAddress, fc.boolean(), fc.constantFrom('NFC', 'NFD'))
  .map(([card, address, isUpper, form]) => {
    const genuine = toCccd({ ...card, address: `${address}, ${card.address}` })
    return (isUpper ? genuine.toUpperCase() : genuine).normalize(form)
  })

describe('misread UTF-8', () => {
  it.each(misreadings)('is mended for any card, once or twice read as %s', (codePage) => {
    fc.assert(
      fc.property(anyCard, fc.constantFrom(...misreadings), (card, then) => {
        const code = toCccd({ ...card, address: 'Tổ 4, Đà Nẵng' })
        expect(mend(misread(code, codePage))).toBe(code)
        expect(mend(misread(misread(code, codePage), then))).toBe(code)
      }),
    )
  })

  it.each(misreadings)('is mended with its punctuation and a space that must not be trimmed: %s', (codePage) => {
    expect(mend(misread(text, codePage))).toBe(text)
    expect(mend(misread('Xã Phú Hà', codePage))).toBe('Xã Phú Hà')
    expect(mend(misread('Phu Hà', codePage))).toBe('Phu Hà')
    expect(mend(misread('Thu Duc – Long An', codePage))).toBe('Thu Duc – Long An')
    expect(mend(misread(text.normalize('NFD'), codePage))).toBe(text.normalize('NFD'))
  })

  it('is mended although a letter in it is damaged, and the damage is marked', () => {
    expect(mend(throughStrict1252('Đỗ Hồng Tọ, Hà Nội').toString('latin1'))).toBe('\uFFFDỗ Hồng T\uFFFD, Hà Nội')
    expect(mend(misread('Đỗ Hồng', 'windows-1252').replaceAll('\u0090', '\uFFFD'))).toMatch(/^\uFFFD+ỗ Hồng$/)
    expect(mend(misread('Mẫu, Hà Nội', 'latin-1').replace('\u00BA', '?'))).toBe('M\uFFFD?\uFFFDu, Hà Nội')
  })

  it('is not mended a third time', () => {
    const twice = misread(misread(text, 'latin-1'), 'latin-1')
    expect(mend(misread(twice, 'latin-1'))).toBe(misread(text, 'latin-1'))
  })
})

describe('genuine text', () => {
  it('is not changed, whatever typographic signs stand beside its letters', () => {
    fc.assert(
      fc.property(anyGenuine, (genuine) => {
        expect(mend(genuine)).toBe(genuine)
      }),
      { numRuns: 1000 },
    )
  })

  it('is not changed after Windows-1258, where a tone stands behind its letter', () => {
    fc.assert(
      fc.property(anyGenuine, (genuine) => {
        const decoded = new TextDecoder('windows-1258').decode(toWindows1258(genuine))
        expect(mend(decoded)).toBe(decoded)
      }),
    )
  })

  it.each([
    '',
    'ASCII',
    'Müller, Straße',
    'Ångström · Café…',
    '東京',
    '\uD800',
    '\uFFFD',
    '😀 Ã',
    'XÃ–',
    'XÃ…',
    'CAFÉ…',
  ])('is not changed in other languages, nor where nothing speaks for misreading: %j', (other) =>
    expect(mend(other)).toBe(other),
  )
})
