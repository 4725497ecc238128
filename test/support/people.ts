import fc from 'fast-check'

/** A citizen card in its fields; every person is invented. Dates as the card writes them, `ddmmyyyy`. */
export type Card = {
  document: string
  former: string
  name: string
  born: string
  sex: 'Nam' | 'Nữ'
  address: string
  issued: string
}

const families = ['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng', 'Huỳnh', 'Võ', 'Đặng', 'Bùi', 'Đỗ']
const middles = ['Văn', 'Thị', 'Thử', 'Ví', 'Kiểm', 'Bé', 'Hữu', 'Ngọc', 'Đức', 'Quỳnh']
const givens = ['Mẫu', 'Dụ', 'Nghiệm', 'Thường', 'Ước', 'Ảo', 'Phỏng', 'Lệ', 'Giả', 'Tạm']
const provinces = ['001', '024', '048', '056', '066', '079', '087', '092', '094', '096']

/** The card of invented person `n`, 0 to 999999; no two are the same person. */
export function cardOf(n: number): Card {
  const pick = (from: readonly string[], by: number) => from[Math.floor(n / by) % from.length] ?? ''
  const year = 1950 + (n % 65)
  const sex = Math.floor(n / 65) % 2 === 0 ? 'Nam' : 'Nữ'
  const two = (value: number) => String(value).padStart(2, '0')
  const number = `${pick(provinces, 7)}${centurySex(year, sex)}${two(year % 100)}${String(n).padStart(6, '0')}`
  return {
    document: number,
    former: n % 3 === 0 ? String(100_000_000 + n) : '',
    name: `${pick(families, 1)} ${pick(middles, 10)} ${pick(givens, 100)}`,
    born: `${two(1 + (n % 28))}${two(1 + (n % 12))}${year}`,
    sex,
    address: `Số ${n + 1} phố Mẫu, Phường Ví Dụ, Hà Nội`,
    issued: `01${two(1 + (n % 12))}2022`,
  }
}

/** The QR code of invented person `n` in the 7-field form. */
export function cccdOf(n: number): string {
  return toCccd(cardOf(n))
}

export function toCccd({ document, former, name, born, sex, address, issued }: Card): string {
  return [document, former, name, born, sex, address, issued].join('|')
}

/** The 4th digit of the number: century and sex. */
function centurySex(year: number, sex: Card['sex']): number {
  return 2 * Math.floor((year - 1900) / 100) + (sex === 'Nam' ? 0 : 1)
}

const letters = [...'abcdeghiklmnopqrstuvxyàảãáạăằẵắặâầẩậđèẽéẹêềểếệìíịòóọôồốộơờớợùúụưừứựỳýỵ']

const anyWord = fc
  .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 7 })
  .map((word) => (word[0] ?? '').toUpperCase() + word.slice(1).join(''))

/** Any card that agrees with itself. */
export const anyCard: fc.Arbitrary<Card> = fc
  .record({
    birth: fc.date({ min: new Date('1900-01-01'), max: new Date('2025-12-31'), noInvalidDate: true }),
    sex: fc.constantFrom('Nam' as const, 'Nữ' as const),
    province: fc.constantFrom(...provinces),
    random: fc.nat(999_999),
    words: fc.array(anyWord, { minLength: 2, maxLength: 5 }),
    former: fc.constantFrom('', '010000001'),
    address: fc.constantFrom('', 'Hà Nội', 'Tổ 4, Hòa Cường, Đà Nẵng', '2/3 đường Thử, Quận 3, TP. Hồ Chí Minh'),
  })
  .map(({ birth, sex, province, random, words, former, address }) => {
    const [year = '', month = '', day = ''] = birth.toISOString().slice(0, 10).split('-')
    const document = `${province}${centurySex(Number(year), sex)}${year.slice(2)}${String(random).padStart(6, '0')}`
    return { document, former, name: words.join(' '), born: `${day}${month}${year}`, sex, address, issued: '01072021' }
  })
