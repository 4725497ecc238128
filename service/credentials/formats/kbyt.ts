import type { CredentialFormat } from '../credential.ts'
import { Person } from '../person.ts'
import { hostOf } from './link.ts'

/** The link to a person's health declaration. It is never opened: the declaration's uuid is all that it tells. */
export const kbyt: CredentialFormat = {
  kind: 'kbyt',

  // A place's link, whose `dd_id` is the place, has the same host.
  recognise: (text) => idPattern.test(text) && !/dd_id/i.test(text) && hosts.has(hostOf(text)),

  parse(text) {
    const id = idPattern.exec(text)?.[1]
    if (id === undefined) return { kind: 'kbyt', check: 'malformed' }
    const person = new Person([`kbyt:${id.toLowerCase()}`], {})
    return { kind: 'kbyt', check: 'good', proof: null, validity: null, person, masked: {} }
  },
}

const hosts: ReadonlySet<string | null> = new Set(['kbytcq.khambenh.gov.vn', 'kbyt.khambenh.gov.vn'])
const idPattern = /[?&#/]id=([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?![0-9a-z-])/i
