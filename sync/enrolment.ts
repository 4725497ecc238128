import { generateKeyPairSync } from 'node:crypto'
import axios from 'axios'
import { calculateJwkThumbprint } from 'jose'
import { z } from 'zod'
import { DeviceReply, type DeviceRequest, SigningJwk } from './protocol.ts'

const timeoutMs = 15_000
const maxAnswerBytes = 64 * 1024
const maxTokenLength = 200

/** What an enrolled gate knows of its platform, and the key that is its identity. Kept in a file of mode 0600. */
export const Enrolment = z.strictObject({
  url: z.url(),
  audience: z.string(),
  deviceId: z.string(),
  signingKey: SigningJwk,
  privateKey: SigningJwk.extend({ d: z.string() }),
})
export type Enrolment = z.infer<typeof Enrolment>

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

export type EnrolResult = { kind: 'enrolled'; enrolment: Enrolment } | { kind: 'refused'; why: string }

/** Makes the gate's key pair and exchanges the one-time token for an identity. The private key never leaves the gate. */
export async function enrol(
  code: EnrolmentCode,
  gate: { name: string; software: DeviceRequest['software'] },
): Promise<EnrolResult> {
  const privateJwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const privateKey = SigningJwk.extend({ d: z.string() }).parse(privateJwk)
  const { d: _secret, ...publicKey } = privateKey
  const request: DeviceRequest = { token: code.token, publicKey, ...gate }
  const deadline = AbortSignal.timeout(timeoutMs)
  const answer = await axios
    .post<unknown>(`${code.url}/v1/devices`, request, {
      signal: deadline,
      maxRedirects: 0,
      maxContentLength: maxAnswerBytes,
      validateStatus: () => true,
    })
    .catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
  if (typeof answer === 'string') {
    const why = deadline.aborted ? `no whole answer within ${timeoutMs / 1000} s` : answer
    return refused(`the platform at ${code.url} cannot be reached: ${why}`)
  }
  if (answer.status === 410) return refused('the code was used before or has expired: ask the platform for a new one')
  if (answer.status !== 201) return refused(`the platform answered ${answer.status}, expected 201`)
  const reply = DeviceReply.safeParse(answer.data)
  if (!reply.success) return refused('the answer is not that of a platform: its shape is wrong')
  const { deviceId, audience, signingKey } = reply.data
  if ((await calculateJwkThumbprint(signingKey)) !== code.key) {
    return refused(
      "the platform's signing key is not the one in the code: this is another platform, or someone between",
    )
  }
  return { kind: 'enrolled', enrolment: { url: code.url, audience, deviceId, signingKey, privateKey } }
}

function refused(why: string): EnrolResult {
  return { kind: 'refused', why }
}
