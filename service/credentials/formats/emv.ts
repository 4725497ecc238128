import type { CredentialFormat } from '../credential.ts'

/** Whose account a payment code names, by the template that carries it: VietQR of NAPAS, and VNPay. */
const payees: ReadonlyMap<string, string> = new Map([
  ['38', 'A000000727'],
  ['26', 'A000000775'],
])

/** Payment codes by EMV QRCPS, Merchant-Presented Mode 1.1: id and length of two digits each, and a checksum that ends it. */
export const emv: CredentialFormat = {
  kind: 'emv',

  recognise: (text) => text.startsWith('000201'),

  parse(text) {
    const bytes = Buffer.from(text).toString('latin1')
    // Lengths are in characters. Some issuers count bytes.
    const fields = toFields(text) ?? toFields(bytes)
    if (fields === null || !hasChecksum(fields, bytes)) return { kind: 'emv', check: 'damaged' }
    // An electronic invoice may be written in the same way.
    const variant = fields.some(isPayee) ? {} : { variant: 'invoice' as const }
    return { kind: 'emv', check: 'not-personal', ...variant }
  },
}

type Field = readonly [id: string, value: string]

/** Null where the lengths do not lead to the very end. */
function toFields(text: string): Field[] | null {
  const fields: Field[] = []
  for (let at = 0; at < text.length; ) {
    const [, id, length] = /^(\d\d)(\d\d)$/.exec(text.slice(at, at + 4)) ?? []
    if (id === undefined) return null
    const end = at + 4 + Number(length)
    if (end > text.length) return null
    fields.push([id, text.slice(at + 4, end)])
    at = end
  }
  return fields
}

function isPayee([id, value]: Field): boolean {
  return toFields(value)?.some(([inner, name]) => inner === '00' && name === payees.get(id)) ?? false
}

function hasChecksum(fields: readonly Field[], bytes: string): boolean {
  const [id, checksum = ''] = fields.at(-1) ?? []
  return id === '63' && checksum.toUpperCase() === crc16(bytes.slice(0, -4))
}

/** CRC-16/CCITT-FALSE (polynomial 0x1021, from 0xFFFF) of one byte a character, as four digits. */
function crc16(bytes: string): string {
  let crc = 0xffff
  for (let i = 0; i < bytes.length; i++) {
    crc ^= bytes.charCodeAt(i) << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1
  }
  return crc.toString(16).toUpperCase().padStart(4, '0')
}
