import { isAscii, isUtf8 } from 'node:buffer'
import type { ReaderSettings } from '../../contract/settings.ts'
import { maxMessageBytes } from '../../drivers/readers/framing.ts'
import { mend } from './mojibake.ts'

/** The most letters and digits that a QR code holds (ISO/IEC 18004, version 40-L). */
const maxCharacters = 4296

const encodedAgain = (latin1: string) => Buffer.from(latin1, 'utf8').toString('latin1')
/** The byte order mark in UTF-8, each byte as one character. */
const mark = '\u00EF\u00BB\u00BF'
/** What readers put around a code. The mark may have been misread and encoded again, as the text behind it. */
const noise = ['\0', '\u0002', '\u0003', '\t', '\n', '\r', mark, encodedAgain(mark), encodedAgain(encodedAgain(mark))]

/** AIM symbology identifier, as readers may put it in front: `]Q1`. */
const aim = /^\]([A-Za-z][0-9A-Za-z])/
/** The identifiers of readers that name the encoding (ECI): escapes such as `\000026` in the text, backslashes doubled. */
const eci = /^Q[246]/
const eciEscape = /\\(?:\d{6}|(\\))/g

/**
 * The only characters that NFC turns into ASCII (`;`, `` ` ``, `K`): a signed code with one of them would verify, though
 * it was changed. And more marks than any text has on one letter (UAX #15, Stream-Safe Text Format): they cost too much.
 */
const notForNfc = /[\u037E\u1FEF\u212A]|\p{M}{31}/u

/** One message of a reader as text. `symbology`: the AIM identifier without its bracket; null where there was none. */
export type CodeText = { readonly text: string; readonly symbology: string | null }

/** How a reader sends a code. */
export type Transport = Pick<Extract<ReaderSettings, { driver: 'serial' }>, 'prefix' | 'suffix' | 'codePage'>

/**
 * Makes text of one message of a reader: without what readers put around a code, decoded, mended, in NFC. Null for a
 * message longer than any code.
 */
export function toText(bytes: Uint8Array, transport: Transport = {}): CodeText | null {
  if (bytes.length > maxMessageBytes) return null
  // Read as Latin-1 every byte is one character: what frames a code is found before its encoding is known.
  const message = withoutAffixes(bare(Buffer.from(bytes).toString('latin1')), transport)
  const [identifier, symbology = null] = aim.exec(message) ?? ['']
  const framed = bare(message.slice(identifier.length))
  const code = symbology !== null && eci.test(symbology) ? framed.replace(eciEscape, '$1') : framed
  const text = decode(Buffer.from(code, 'latin1'), transport.codePage)
  return text.length > maxCharacters ? null : { text, symbology }
}

function bare(message: string): string {
  const leading = (at: number) => noise.find((piece) => message.startsWith(piece, at))?.length ?? 0
  const trailing = (at: number) => noise.find((piece) => message.endsWith(piece, at))?.length ?? 0
  let start = 0
  let end = message.length
  while (leading(start) > 0) start += leading(start)
  while (end > start && trailing(end) > 0) end -= trailing(end)
  return message.slice(start, end)
}

function withoutAffixes(message: string, { prefix = '', suffix = '' }: Transport): string {
  const rest = message.startsWith(prefix) ? message.slice(prefix.length) : message
  return bare(rest.endsWith(suffix) ? rest.slice(0, rest.length - suffix.length) : rest)
}

/** Vietnamese codes name no encoding. Strict UTF-8 first: a code page takes any bytes, and so comes last. */
function decode(code: Buffer, codePage: Transport['codePage'] = 'windows-1258'): string {
  if (isAscii(code)) return code.toString('latin1')
  const text = mend(isUtf8(code) ? code.toString('utf8') : new TextDecoder(codePage).decode(code))
  return notForNfc.test(text) ? text : text.normalize('NFC')
}
