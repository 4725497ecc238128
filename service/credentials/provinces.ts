/** The provinces and cities of before July 2025 and of after it (Resolution 202/2025/QH15), as cards write them. */
const names = [
  ...['An Giang', 'Bà Rịa - Vũng Tàu', 'Bạc Liêu', 'Bắc Giang', 'Bắc Kạn', 'Bắc Ninh', 'Bến Tre', 'Bình Dương'],
  ...['Bình Định', 'Bình Phước', 'Bình Thuận', 'Cà Mau', 'Cao Bằng', 'Cần Thơ', 'Đà Nẵng', 'Đắk Lắk', 'Đắk Nông'],
  ...['Điện Biên', 'Đồng Nai', 'Đồng Tháp', 'Gia Lai', 'Hà Giang', 'Hà Nam', 'Hà Nội', 'Hà Tĩnh', 'Hải Dương'],
  ...['Hải Phòng', 'Hậu Giang', 'Hòa Bình', 'Hồ Chí Minh', 'Huế', 'Hưng Yên', 'Khánh Hòa', 'Kiên Giang', 'Kon Tum'],
  ...['Lai Châu', 'Lạng Sơn', 'Lào Cai', 'Lâm Đồng', 'Long An', 'Nam Định', 'Nghệ An', 'Ninh Bình', 'Ninh Thuận'],
  ...['Phú Thọ', 'Phú Yên', 'Quảng Bình', 'Quảng Nam', 'Quảng Ngãi', 'Quảng Ninh', 'Quảng Trị', 'Sóc Trăng', 'Sơn La'],
  ...['Tây Ninh', 'Thái Bình', 'Thái Nguyên', 'Thanh Hóa', 'Thừa Thiên Huế', 'Tiền Giang', 'Trà Vinh', 'Tuyên Quang'],
  ...['Vĩnh Long', 'Vĩnh Phúc', 'Yên Bái'],
]

/** Without marks and spaces: their place on a vowel varies (`Hoà`, `Hòa`), as does what readers and clerks leave of them. */
function folded(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^a-z]/g, '')
}

const known: ReadonlySet<string> = new Set(names.map(folded))

/** Whether a text is the name of a province, with or without its sort in front (`TP. Hồ Chí Minh`, `Tỉnh An Giang`). */
export function isProvince(text: string): boolean {
  if (!/^[\p{L}\p{M}.'’ -]{1,40}$/u.test(text)) return false
  const name = folded(text)
  return known.has(name) || known.has(name.replace(/^(?:tinh|thanhpho|tp)/, ''))
}
