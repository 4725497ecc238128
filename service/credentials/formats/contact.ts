import { type CredentialFormat, misplaced } from '../credential.ts'

/** Links that a telephone opens in one of its own programs. */
export const contact: readonly CredentialFormat[] = [
  misplaced('tel', /^tel:/i),
  misplaced('sms', /^sms(?:to)?:/i),
  misplaced('mailto', /^mailto:/i),
  misplaced('geo', /^geo:/i),
  misplaced('market', /^market:/i),
  misplaced('upi', /^upi:/i),
]
