import { misplaced } from '../credential.ts'

/** Digital wallets' offers to connect (ISO/IEC 18013-5, OpenID4VP, OpenID4VCI): the person's data is not in the code. */
export const wallet2 = misplaced('wallet2', /^(?:mdoc|openid4vp|openid-credential-offer|haip|eudi-openid4vp):/i)
