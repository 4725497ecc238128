/** Windows-1252 from byte 80 on; drivers make of a byte that it leaves undefined the control character of that number. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ'
/** Where Windows-1258 differs from Latin-1 from byte A0 on (WHATWG Encoding, index-windows-1258). */
const windows1258 = [
  ['Ă', 0xc3],
  ['\u0300', 0xcc],
  ['Đ', 0xd0],
  ['\u0309', 0xd2],
  ['Ơ', 0xd5],
  ['Ư', 0xdd],
  ['\u0303', 0xde],
  ['ă', 0xe3],
  ['\u0301', 0xec],
  ['đ', 0xf0],
  ['\u0323', 0xf2],
  ['ơ', 0xf5],
  ['ư', 0xfd],
  ['₫', 0xfe],
] as const

/** By character code the byte that was misread as this character. What was lost before stays lost: FF is never UTF-8. */
const bytesByCode: ReadonlyMap<number, number> = new Map([
  ...Array.from(windows1252, (character, i) => [character.charCodeAt(0), 0x80 + i] as const),
  ...windows1258.map(([character, byte]) => [character.charCodeAt(0), byte] as const),
  [0xfffd, 0xff],
])

/** What Vietnamese is written with beyond ASCII, its letters composed or not. */
const vietnamese =
  /[\u0300-\u0303\u0306\u0309\u031B\u0323\u00A0-\u00BFÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ\u2010-\u2026₫\uFEFF]/g

/** UTF-8 of `vietnamese` begins with these bytes alone; a run of others that begins otherwise speaks against UTF-8. */
const strangeRun = /(?<![\u0080-\u00FF])[\u0080-\u00C1\u00C7-\u00CB\u00CD-\u00E0\u00E3-\u00EE\u00F0-\u00FE]/g

/**
 * Mends UTF-8 that was read as Windows-1252, Latin-1 or Windows-1258, up to twice: `Nguyá»…n` → `Nguyễn`. A letter that
 * lost a byte becomes U+FFFD, so that nobody takes what is left of it for a letter. Genuine text is not changed.
 */
export function mend(text: string): string {
  const once = reread(text)
  return once === null ? text : (reread(once) ?? once)
}

/** Null where the text was not misread. */
function reread(text: string): string | null {
  const bytes = toBytes(text)
  if (bytes === null) return null
  const read = bytes.toString('utf8')
  return count(read, vietnamese) > count(bytes.toString('latin1'), strangeRun) ? read : null
}

/** Null for a text with a character that no byte is misread as: already one `ễ` proves that a text was read aright. */
function toBytes(text: string): Buffer | null {
  const bytes = Buffer.allocUnsafe(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const byte = code <= 0xff ? code : bytesByCode.get(code)
    if (byte === undefined) return null
    bytes[i] = byte
  }
  return bytes
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
