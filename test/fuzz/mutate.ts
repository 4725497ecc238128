import { deflateSync, inflateSync } from 'node:zlib'
import { decodeBase45 } from '../../service/credentials/base45.ts'
import { encodeBase45 } from '../support/issuer.ts'
import type { Random } from './random.ts'

type Texts = readonly [string, ...string[]]
type Mutation = (text: string, random: Random, all: Texts) => string

/** What readers, printers and people with bad intentions put into fields. */
const pieces: Texts = [
  '',
  ...[' ', '0', '-1', '000000000000', '001090000001', '999999999999', '010000001', '0900000001', 'GD4010000000001'],
  ...[
    '31022000',
    '29/02/1900',
    '00001990',
    '1985-**-**',
    '99999999',
    '01/01/2099',
    'Nam',
    'Nữ',
    '1',
    '2',
    '*',
    '******',
  ],
  ...[
    'Nguyễn Văn Mẫu',
    'Nguyá»…n',
    'Ä',
    'ﬁ',
    'K',
    'ſ',
    '𝒳',
    '\u0000',
    '\uFEFF',
    '\u202E',
    '\u00A0',
    '\uFFFD',
    '\uD800',
  ],
  ...['A'.repeat(3000), '9'.repeat(5000), '|'.repeat(50), '<'.repeat(9), '[['.repeat(2000), '{"a":'.repeat(1500)],
  ...[
    '\\000026',
    '\\\\',
    ']Q1',
    ']Q2',
    ']E0',
    '$',
    '%',
    '"',
    '}',
    '1e999',
    'constructor',
    '__proto__',
    "';--",
    '<b>x</b>',
  ],
  ...[
    'VNG1:',
    'HC1:',
    'HC2:',
    'shc:/',
    '000201',
    '6304',
    '2|99|',
    'WIFI:',
    'BEGIN:VCARD',
    'https://',
    'gate-enrol:?url=',
  ],
  ...['id=00000000-0000-4000-8000-000000000001', '@', '#', '?', '/', '\r\n', '\t', '\u001D', '\u0002', '\u0003'],
]

const separators: Texts = ['|', '<', ':', ';', '/', ',', '=', '&', ' ', '"', '-']

const fields: Mutation = (text, random) => {
  const separator = random.pick(separators)
  const parts = text.split(separator)
  const at = random.below(parts.length)
  const other = random.below(parts.length)
  switch (random.below(5)) {
    case 0:
      parts[at] = random.pick(pieces)
      break
    case 1:
      parts.splice(at, 1)
      break
    case 2:
      parts.splice(at, 0, parts[other] ?? '')
      break
    case 3:
      ;[parts[at], parts[other]] = [parts[other] ?? '', parts[at] ?? '']
      break
    default:
      parts[at] = (parts[at] ?? '') + random.pick(pieces)
  }
  return parts.join(separator)
}

const characters: Mutation = (text, random) => {
  const at = random.below(text.length + 1)
  const to = at + random.below(3)
  const put = random.below(2) === 0 ? String.fromCharCode(32 + random.below(95)) : random.pick(pieces)
  return text.slice(0, at) + put + text.slice(to)
}

const cut: Mutation = (text, random) => text.slice(random.below(4), random.below(text.length + 1))

const splice: Mutation = (text, random, all) => {
  const other = random.pick(all)
  return text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length + 1))
}

const letterCase: Mutation = (text, random) => (random.below(2) === 0 ? text.toLowerCase() : text.toUpperCase())

/** Into the bytes below Base45, and below the compression. */
const inside: Mutation = (text, random) => {
  const [, prefix = '', rest = ''] = /^(VNG1:|HC1:)(.*)$/s.exec(text) ?? []
  const bytes = prefix === '' ? null : decodeBase45(rest)
  if (bytes === null) return text
  if (prefix === 'VNG1:' || random.below(4) === 0) return prefix + encodeBase45(damaged(bytes, random))
  return prefix + encodeBase45(deflateSync(damaged(inflated(bytes), random), { level: 1 }))
}

function inflated(bytes: Uint8Array): Uint8Array {
  try {
    return inflateSync(bytes, { maxOutputLength: 1 << 20 })
  } catch {
    return bytes
  }
}

function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1)
  const piece = Uint8Array.from({ length: random.below(4) }, () => random.below(256))
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + random.below(4))])
}

const mutations: readonly [Mutation, ...Mutation[]] = [
  fields,
  fields,
  characters,
  characters,
  cut,
  splice,
  letterCase,
  inside,
  inside,
]

/** One text, changed once to three times. */
export function mutate(all: Texts, random: Random): string {
  let text = random.pick(all)
  for (let left = random.below(3); left >= 0; left--) text = random.pick(mutations)(text, random, all)
  return text
}

const frames: Texts = ['', '', '', ']Q1', ']Q2\\000026', ']Q3', ']E0', ']C0', '\uFEFF', '\u0002', '\0', '\u0002\uFEFF']
const ends: Texts = ['', '', '', '\r', '\r\n', '\t', '\u0003', '\0']

/** As a reader sends it: framed, in some encoding, perhaps with bytes lost on the way. */
export function toBytes(text: string, random: Random): Uint8Array {
  const framed = random.pick(frames) + text + random.pick(ends)
  switch (random.below(8)) {
    case 0:
      return Buffer.from(framed, 'latin1')
    case 1:
      return Buffer.from(Buffer.from(framed).toString('latin1'))
    case 2:
      return Buffer.from(framed.normalize('NFD'))
    case 3:
      return damaged(Buffer.from(framed), random)
    default:
      return Buffer.from(framed)
  }
}
