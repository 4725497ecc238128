import { parseEnrolmentCode } from '../../../sync/enrolment-code.ts'
import type { CredentialFormat } from '../credential.ts'

const scheme = 'gate-enrol:'
/** No code is longer; checking a web address takes more than linear time. */
const maxLength = 1000

/** The code by which a gate joins a platform. */
export const enrol: CredentialFormat = {
  kind: 'enrol',

  recognise: (text) => text.slice(0, scheme.length).toLowerCase() === scheme,

  parse(text) {
    if (text.length > maxLength) return { kind: 'enrol', check: 'malformed' }
    const code = parseEnrolmentCode(scheme + text.slice(scheme.length))
    return typeof code === 'string'
      ? { kind: 'enrol', check: 'malformed' }
      : { kind: 'enrol', check: 'enrolment', code }
  },
}
