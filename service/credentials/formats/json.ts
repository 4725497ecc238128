import { parseJson } from '../../../sync/json.ts'
import type { CredentialFormat } from '../credential.ts'

/** JSON that no other format knows. */
export const json: CredentialFormat = {
  kind: 'json',
  recognise: (text) => toJson(text) !== null,
  parse: () => ({ kind: 'json', check: 'unknown' }),
}

/** The object or list that a text is in JSON; null where it is none. */
export function toJson(text: string): object | null {
  const value = parseJson(text)
  return typeof value === 'object' ? value : null
}
