import type { CodeKind } from '../../../contract/code.ts'
import { type CredentialFormat, misplaced } from '../credential.ts'

/** Web addresses of these sites and of what is under them. */
export function linkTo(kind: CodeKind, sites: readonly string[]): CredentialFormat {
  return {
    kind,
    recognise(text) {
      const host = hostOf(text)
      return host !== null && sites.some((site) => host === site || host.endsWith(`.${site}`))
    },
    parse: () => ({ kind, check: 'not-personal' }),
  }
}

/**
 * The host that a browser would go to, in lower case and Punycode. Null where there is none, or where what stands before
 * the path is longer than any host: the time of Punycode grows with the square of that.
 */
export function hostOf(text: string): string | null {
  const authority = /^\s*https?:[/\\]*([^/\\?#]{1,300})(?:[/\\?#]|$)/i.exec(text)?.[1]
  const host = authority === undefined ? undefined : URL.parse(`https://${authority}`)?.hostname
  return host?.replace(/\.$/, '') ?? null
}

const social = linkTo('social', [
  'zalo.me',
  'zaloapp.com',
  'facebook.com',
  'fb.com',
  'm.me',
  'tiktok.com',
  'youtube.com',
  'youtu.be',
  'instagram.com',
  't.me',
])

const wallet = linkTo('wallet', [
  'momo.vn',
  'zalopay.vn',
  'vnpay.vn',
  'vnpayment.vn',
  'shopeepay.vn',
  'viettelmoney.vn',
  'vietqr.net',
  'vietqr.io',
])

/** Every other web address, be it a valid one or not. */
const url = misplaced('url', /^\s*https?:/i)

/** What web addresses lead to, in the order in which it is to be tried. */
export const links: readonly CredentialFormat[] = [social, wallet, url]
