import type { CredentialFormat } from '../credential.ts'

/** An id (RFC 9562) that only its own system can look up. */
export const uuid: CredentialFormat = {
  kind: 'uuid',
  recognise: (text) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
  parse: () => ({ kind: 'uuid', check: 'unknown' }),
}
