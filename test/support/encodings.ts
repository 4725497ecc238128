const toneMarks = '\u0300\u0301\u0303\u0309\u0323'

const windows1258 = Array.from({ length: 256 }, (_, byte) =>
  new TextDecoder('windows-1258').decode(Uint8Array.of(byte)),
)
const latin1 = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
/** Not asked of TextDecoder, as some versions of Node take Windows-1252 for Latin-1. */
const windows1252 = latin1
  .map((character, byte) => (byte >= 0x80 && byte < 0xa0 ? (windows1258[byte] ?? character) : character))
  .with(0x8a, 'Š')
  .with(0x8e, 'Ž')
  .with(0x9a, 'š')
  .with(0x9e, 'ž')

const codePages = { 'windows-1252': windows1252, 'windows-1258': windows1258, 'latin-1': latin1 }

export type CodePage = keyof typeof codePages
export const misreadings: readonly CodePage[] = ['windows-1252', 'windows-1258', 'latin-1']

/** The text whose UTF-8 was taken for another code page: `Nguyễn` → `Nguyá»…n`. */
export function misread(text: string, as: CodePage): string {
  return Array.from(Buffer.from(text), (byte) => codePages[as][byte]).join('')
}

/** As Windows writes Vietnamese in Windows-1258: the letter with its hat or horn, then the tone; `?` for the rest. */
export function toWindows1258(text: string): Uint8Array {
  const bytes: number[] = []
  for (const character of text.normalize('NFC')) {
    const parts = [...character.normalize('NFD')]
    const letter = parts.filter((part) => !toneMarks.includes(part)).join('')
    const tones = parts.filter((part) => toneMarks.includes(part))
    for (const part of [letter.normalize('NFC'), ...tones]) {
      bytes.push(windows1258.includes(part) ? windows1258.indexOf(part) : 0x3f)
    }
  }
  return Uint8Array.from(bytes)
}

/** Bytes that Windows-1252 leaves undefined: a strict driver loses them. */
const undefinedIn1252: ReadonlySet<number> = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d])

/** UTF-8 as it comes through a driver that drops the bytes that Windows-1252 leaves undefined. */
export function throughStrict1252(text: string): Buffer {
  return Buffer.from(Buffer.from(text).filter((byte) => !undefinedIn1252.has(byte)))
}
