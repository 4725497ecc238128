import type { Credential, CredentialFormat, Reading } from './credential.ts'
import { barenum } from './formats/barenum.ts'
import { bcbp } from './formats/bcbp.ts'
import { bhyt } from './formats/bhyt.ts'
import { cccd } from './formats/cccd.ts'
import { contact } from './formats/contact.ts'
import { dcc } from './formats/dcc.ts'
import { emv } from './formats/emv.ts'
import { enrol } from './formats/enrol.ts'
import { json } from './formats/json.ts'
import { kbyt } from './formats/kbyt.ts'
import { links } from './formats/link.ts'
import { momo } from './formats/momo.ts'
import { otp } from './formats/otp.ts'
import { pccovid } from './formats/pccovid.ts'
import { product } from './formats/product.ts'
import { shc } from './formats/shc.ts'
import { signed } from './formats/signed.ts'
import { uuid } from './formats/uuid.ts'
import { vcard } from './formats/vcard.ts'
import { vdsnc } from './formats/vdsnc.ts'
import { venue } from './formats/venue.ts'
import { viettelpay } from './formats/viettelpay.ts'
import { wallet2 } from './formats/wallet2.ts'
import { wifi } from './formats/wifi.ts'
import { type Transport, toText } from './text.ts'

/**
 * The formats that no site can redefine, in the order in which they are tried. A new format is one file and one line in one
 * of the two lists.
 */
const fixed: readonly CredentialFormat[] = [
  // Known by what the reader says of it, for its digits may look like anything.
  product,
  ...[signed, dcc, shc, vdsnc, enrol, emv, momo],
  // Six fields between bars may be either of the last two: the form of the date decides.
  ...[bhyt, pccovid, cccd],
  // The two share their hosts.
  ...[kbyt, venue],
  otp,
]

/** The formats that the patterns of a site come before. */
const common: readonly CredentialFormat[] = [
  ...[viettelpay, ...links, wifi, vcard, ...contact, bcbp, wallet2, barenum, json, uuid],
]

/** Says what one message of a reader is. Never throws, whatever the bytes. */
export function readCredential(bytes: Uint8Array, reading: Reading, transport?: Transport): Credential {
  const code = toText(bytes, transport)
  if (code === null) return { kind: 'unknown', check: 'unknown' }
  const { text, symbology } = code
  const recognises = (format: CredentialFormat) => format.recognise(text, symbology)
  return (
    fixed.find(recognises)?.parse(text, reading) ??
    readBySite(text, reading) ??
    common.find(recognises)?.parse(text, reading) ?? { kind: 'unknown', check: 'unknown' }
  )
}

function readBySite(text: string, reading: Reading): Credential | null {
  for (const pattern of reading.trust.patterns) {
    const credential = pattern.read(text, reading)
    if (credential !== null) return credential
  }
  return null
}
