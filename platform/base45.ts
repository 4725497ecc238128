const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

/** RFC 9285. */
export function encodeBase45(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 2) {
    const [high, low] = bytes.subarray(i, i + 2)
    if (high === undefined) break
    text += low === undefined ? digits(high, 2) : digits(high * 256 + low, 3)
  }
  return text
}

function digits(value: number, count: number) {
  let text = ''
  for (let rest = value; text.length < count; rest = Math.floor(rest / 45)) text += alphabet.charAt(rest % 45)
  return text
}

/** RFC 9285; null for what is not Base45. */
export function decodeBase45(text: string): Uint8Array | null {
  const bytes: number[] = []
  for (let i = 0; i < text.length; i += 3) {
    const group = [...text.slice(i, i + 3)].map((character) => alphabet.indexOf(character))
    const value = group.reduceRight((sum, digit) => sum * 45 + digit, 0)
    if (group.includes(-1) || group.length === 1 || value > (group.length === 3 ? 0xffff : 0xff)) return null
    bytes.push(...(group.length === 3 ? [value >> 8, value & 255] : [value]))
  }
  return Uint8Array.from(bytes)
}
