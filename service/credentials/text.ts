const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const windows1258 = new TextDecoder('windows-1258')

/** AIM symbology identifier, as readers may put it in front: `]Q1`. */
const aim = /^\](?:Q[0-6]|[A-Za-z][0-9A-Za-z])/
/** The identifiers of readers that name the encoding (ECI): escapes such as `\000026` in the text, backslashes doubled. */
const eci = /^\]Q[246]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: these control characters are what readers add
const lead = /^[\u0002\uFEFF\0]+/
// biome-ignore lint/suspicious/noControlCharactersInRegex: these control characters are what readers add
const trail = /[\u0003\0\r\n\t]+$/

/**
 * Makes text of one message of a reader: strict UTF-8, else Windows-1258, which never fails and so comes last; without
 * what readers put around a code; in NFC.
 */
export function toText(bytes: Uint8Array): string {
  const message = decode(bytes).replace(lead, '').replace(trail, '')
  const text = message.replace(aim, '').replace(lead, '').normalize('NFC')
  return eci.test(message) ? text.replace(/\\(?:0000\d\d|(\\))/g, '$1') : text
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return windows1258.decode(bytes)
  }
}
