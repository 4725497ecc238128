import type { Credential, Reading } from '../../service/credentials/credential.ts'
import { readCredential } from '../../service/credentials/index.ts'
import { toText } from '../../service/credentials/text.ts'

/** A code that is genuine: nothing but the same bytes, whatever stands around them, may be called verified. */
export type Genuine = { readonly text: string; readonly revealed: string }

/** What is wrong with the answer to a payload; null where nothing is. */
export function judge(bytes: Uint8Array, reading: Reading, genuine: readonly Genuine[]): Credential | string {
  let credential: Credential
  try {
    credential = readCredential(bytes, reading)
  } catch (error) {
    return `it threw ${error instanceof Error ? error.stack : String(error)}`
  }
  if (!('person' in credential)) return credential
  const { kind, proof, masked, person } = credential
  if (masked.name !== undefined && !/(\*\*\*|\.)$/.test(masked.name)) return `${kind} shows a whole name`
  const shown = Object.values(masked).join(' ')
  const document = person.reveal().document ?? ''
  if (/^\d{9,12}$/.test(document) && shown.includes(document)) return `${kind} shows a whole number`
  if (proof !== null && !isGenuine(bytes, JSON.stringify(person.reveal()), genuine))
    return `${kind} is wrongly verified`
  return credential
}

/** A compressed certificate can be packed in many ways, so of those the signed content counts. */
function isGenuine(bytes: Uint8Array, revealed: string, genuine: readonly Genuine[]): boolean {
  const text = toText(bytes)?.text ?? ''
  const [exact, upper] = [text, /[A-Z]/.test(text) ? text : text.toUpperCase()]
  return genuine.some((one) =>
    one.text.startsWith('HC1:') ? one.revealed === revealed : one.text === exact || one.text === upper,
  )
}
