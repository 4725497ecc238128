import { misplaced } from '../credential.ts'

/** Business cards: vCard (RFC 6350) and MeCard. */
export const vcard = misplaced('vcard', /^(?:BEGIN:VCARD|MECARD:)/i)
