import { cccd } from './cccd.ts'
import type { Credential, CredentialFormat, Trust } from './credential.ts'
import { signed } from './signed.ts'
import { toText } from './text.ts'

/** Every format, in the order in which they are tried. A new one is one file and one line here. */
const formats: readonly CredentialFormat[] = [signed, cccd]

/** Says what one message of a reader is. Never throws, whatever the bytes. */
export function readCredential(bytes: Uint8Array, trust: Trust): Credential {
  const text = toText(bytes)
  const format = formats.find((candidate) => candidate.recognise(text))
  return format?.parse(text, trust) ?? { kind: 'unknown', check: 'unknown' }
}
