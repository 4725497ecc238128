import { generateKeyPairSync } from 'node:crypto'
import axios from 'axios'
import { calculateJwkThumbprint } from 'jose'
import { z } from 'zod'
import type { EnrolmentCode } from './enrolment-code.ts'
import { DeviceReply, type DeviceRequest, SigningJwk } from './protocol.ts'

const timeoutMs = 15_000
const maxAnswerBytes = 64 * 1024

/** What an enrolled gate knows of its platform, and the key that is its identity. Kept in a file of mode 0600. */
export const Enrolment = z.strictObject({
  url: z.url(),
  audience: z.string(),
  deviceId: z.string(),
  signingKey: SigningJwk,
  privateKey: SigningJwk.extend({ d: z.string() }),
})
export type Enrolment = z.infer<typeof Enrolment>

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
