import { inflateSync } from 'node:zlib'
import { z } from 'zod'
import type { Masked } from '../../../contract/outcome.ts'
import { decodeBase45, undoCapsLock } from '../base45.ts'
import { decodeCbor } from '../cbor.ts'
import { header, isSignedBy, openSign1, type Sign1 } from '../cose.ts'
import type { Credential, CredentialFormat, FailedCode } from '../credential.ts'
import type { DccKey } from '../dcc-trust.ts'
import { mask, maskInitials } from '../mask.ts'
import { Person } from '../person.ts'
import { type DccContent, readDcc } from './dcc-schema.ts'

const prefix = 'HC1:'
/** A certificate inflates to about 1 kB. */
const maxInflated = 64 * 1024
const tag = { sign1: 0xd2, cwt: [0xd8, 61] } as const
const label = { exp: 4, iat: 6, hcert: -260, dcc: 1 } as const

/**
 * EU Digital COVID Certificates, the format of Vietnam's vaccine passport (Decision 5772/QĐ-BYT): `HC1:` +
 * Base45(zlib(COSE_Sign1(CWT))), eu-dcc-hcert-spec 1.0.8.
 */
export const dcc: CredentialFormat = {
  kind: 'dcc',

  recognise: (text) => /^(?:HC[1-9A-Z]|hc[1-9a-z]):/.test(text),

  parse(text, { trust }) {
    const code = undoCapsLock(text)
    if (!code.startsWith(prefix)) return failed('unsupported')
    const message = open(code)
    if (message === null) return failed('malformed')
    const kid = kidOf(message)
    const keys = (trust.dcc.get(kid) ?? []).map((trusted) => trusted()).filter((key) => key !== null)
    if (keys.length === 0) return failed('unknown-issuer')
    const key = keys.find((candidate) => isGenuine(message, candidate))
    return key === undefined ? failed('bad-signature') : toCredential(message.payload, kid, key)
  },
}

function open(code: string): Sign1 | null {
  const bytes = inflate(decodeBase45(code.slice(prefix.length)) ?? new Uint8Array())
  return bytes === null ? null : openSign1(withoutTags(bytes), decodeCbor)
}

function inflate(bytes: Uint8Array): Uint8Array | null {
  try {
    return inflateSync(bytes, { maxOutputLength: maxInflated })
  } catch {
    return null
  }
}

/** Both tags may be left out. */
function withoutTags(bytes: Uint8Array): Uint8Array {
  const sign1 = tag.cwt.every((byte, i) => bytes[i] === byte) ? bytes.subarray(tag.cwt.length) : bytes
  return sign1[0] === tag.sign1 ? sign1.subarray(1) : sign1
}

/** Base64url; `''`, which no key has, where the message names none. */
function kidOf(message: Sign1): string {
  const kid = headerOf(message, header.kid)
  return kid instanceof Uint8Array ? Buffer.from(kid).toString('base64url') : ''
}

/** What is signed counts alone; only where it is silent does the rest. */
function headerOf({ protectedHeader, unprotected }: Sign1, parameter: number): unknown {
  return (protectedHeader.has(parameter) ? protectedHeader : unprotected).get(parameter)
}

/** The key decides by which algorithm, never the message. */
function isGenuine(message: Sign1, { alg, key }: DccKey): boolean {
  return headerOf(message, header.alg) === alg && isSignedBy(message, alg, key)
}

const Times = z.object({ iat: z.number(), exp: z.number() })

function toCredential(payload: Uint8Array, kid: string, { from, to, usages }: DccKey): Credential {
  const claims = decodeCbor(payload)
  if (!(claims instanceof Map)) return failed('malformed')
  const times = Times.safeParse({ iat: claims.get(label.iat), exp: claims.get(label.exp) })
  const hcert: unknown = claims.get(label.hcert)
  const content = hcert instanceof Map ? readDcc(hcert.get(label.dcc)) : null
  if (!times.success || content === null) return failed('malformed')
  if (usages !== null && !usages.has(content.certificate.type)) return failed('wrong-key-usage')
  const { iat, exp } = times.data
  const validity = { notBefore: Math.max(iat * 1000, from), expires: Math.min(exp * 1000, to) }
  return { kind: 'dcc', check: 'good', proof: { kid, cti: null }, validity, ...toPerson(content) }
}

/** The official mask is for Vietnamese names; of a certificate of any country only initials are shown. */
function toPerson({ ci, family, given, birthDate, certificate }: DccContent): { person: Person; masked: Masked } {
  const name = `${family} ${given}`.trim()
  const shown = { certificate, ...(birthDate === null ? {} : { birthDate }) }
  const masked = { ...mask(shown), ...(name === '' ? {} : { name: maskInitials(family, given) }) }
  return { person: new Person([`dcc:${ci}`], { ...shown, ...(name === '' ? {} : { name }) }), masked }
}

function failed(check: FailedCode['check']): Credential {
  return { kind: 'dcc', check }
}
