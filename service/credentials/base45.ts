const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

/** RFC 9285. Null where the text is not Base45. */
export function decodeBase45(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 === 2 ? 1 : 0))
  if (text.length % 3 === 1) return null
  let at = 0
  for (let i = 0; i < text.length; i += 3) {
    const digits = Array.from(text.slice(i, i + 3), (character) => alphabet.indexOf(character))
    if (digits.includes(-1)) return null
    const [a = 0, b = 0, c = 0] = digits
    const value = a + b * 45 + c * 2025
    if (value > (digits.length === 3 ? 0xffff : 0xff)) return null
    if (digits.length === 3) bytes[at++] = value >> 8
    bytes[at++] = value & 0xff
  }
  return bytes
}

/**
 * Caps Lock at a keyboard reader turns a whole code over. Only ASCII is turned back: elsewhere Unicode has letters whose
 * upper case is ASCII, such as `ſ` and `ı`.
 */
export function undoCapsLock(code: string): string {
  return /[A-Z\u0080-\uFFFF]/.test(code) ? code : code.toUpperCase()
}
