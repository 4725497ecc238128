import type { CredentialFormat } from '../credential.ts'

/** SMART Health Cards (HL7, smart-health-cards-and-links): no gate is told whose to trust, so nothing of one is believed. */
export const shc: CredentialFormat = {
  kind: 'shc',
  recognise: (text) => /^shc:\/(?:\d+\/\d+\/)?(?:\d\d)+$/i.test(text),
  parse: (text) => ({ kind: 'shc', check: /^shc:\/\d+\//i.test(text) ? 'multi-part' : 'unknown-issuer' }),
}
