import type { CredentialFormat } from '../credential.ts'
import { toJson } from './json.ts'

/** Payment codes of the ViettelPay wallet: `{"bankCode": "VTT", "cust_mobile": "…", …}`. */
export const viettelpay: CredentialFormat = {
  kind: 'wallet',
  recognise(text) {
    const code = toJson(text)
    return code !== null && 'cust_mobile' in code && 'bankCode' in code && code.bankCode === 'VTT'
  },
  parse: () => ({ kind: 'wallet', check: 'not-personal' }),
}
