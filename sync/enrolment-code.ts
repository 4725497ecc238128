const maxTokenLength = 200

/** By what a gate joins a platform: its address, a one-time token, and the thumbprint of its signing key. */
export type EnrolmentCode = { url: string; token: string; key: string }

/** Reads `gate-enrol:?url=…&token=…&key=…`; a string says what is wrong with it. */
export function parseEnrolmentCode(code: string): EnrolmentCode | string {
  const prefix = 'gate-enrol:?'
  const trimmed = code.trim()
  if (!trimmed.startsWith(prefix)) return `expected a code that begins with ${prefix}`
  const query = new URLSearchParams(trimmed.slice(prefix.length))
  const [url, token, key] = [query.get('url'), query.get('token'), query.get('key')]
  if (!url || !token || !key) return 'expected the members url, token and key'
  if (!/^[A-Za-z0-9_-]{43}$/.test(key)) return 'expected the key to be a SHA-256 thumbprint in base64url'
  if (token.length > maxTokenLength) return `expected a token of at most ${maxTokenLength} characters`
  const parsed = URL.parse(url)
  if (parsed === null) return 'expected url to be a web address'
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(parsed.hostname)
  if (parsed.protocol !== 'https:' && !(parsed.protocol === 'http:' && loopback)) {
    return 'expected an https:// address (http:// is for this machine alone)'
  }
  if (parsed.username || parsed.password || /[?#]/.test(url)) {
    return 'expected an address without user, query or fragment'
  }
  return { url: url.replace(/\/+$/, ''), token, key }
}
