import { randomUUID } from 'node:crypto'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import axios, { type AxiosInstance, type AxiosResponse } from 'axios'
import { importJWK, SignJWT } from 'jose'
import type { PlatformClock } from './clock.ts'
import { sha256 } from './digest.ts'
import type { Enrolment } from './enrolment.ts'

/** For a whole exchange, within the life of its token: long enough for 250 kB on a link of 64 kbit/s. */
const timeoutMs = 45_000
const maxAnswerBytes = 16 * 1024 * 1024
const tokenSeconds = 60

export type Answer =
  | { kind: 'answer'; status: number; body: string; header(name: string): string | undefined }
  | { kind: 'unreachable'; why: string }

/** What a request carries besides its path. */
export type RequestParts = { body?: Uint8Array; headers?: Readonly<Record<string, string>> }

/** Speaks to the platform in the gate's name: every request is signed by the device key. */
export class PlatformClient {
  readonly #axios: AxiosInstance
  readonly #enrolment: Enrolment
  readonly #clock: PlatformClock
  readonly #aborter = new AbortController()

  constructor(enrolment: Enrolment, clock: PlatformClock) {
    this.#enrolment = enrolment
    this.#clock = clock
    this.#axios = axios.create({
      maxRedirects: 0,
      maxContentLength: maxAnswerBytes,
      responseType: 'text',
      transformResponse: (text: unknown) => text,
      validateStatus: () => true,
      httpAgent: new HttpAgent({ keepAlive: true }),
      httpsAgent: new HttpsAgent({ keepAlive: true }),
    })
  }

  get deviceId(): string {
    return this.#enrolment.deviceId
  }

  /** `path` below `/v1/devices/{deviceId}`. After a 401 the clock is set by the answer's `Date` and it tries once more. */
  async request(method: 'GET' | 'POST', path: string, parts: RequestParts = {}): Promise<Answer> {
    const first = await this.#send(method, path, parts)
    if (first.kind !== 'answer' || first.status !== 401) return first
    return this.#send(method, path, parts)
  }

  /** Ends whatever is under way. */
  close(): void {
    this.#aborter.abort()
  }

  async #send(method: 'GET' | 'POST', path: string, { body, headers }: RequestParts): Promise<Answer> {
    const url = new URL(`${this.#enrolment.url}/v1/devices/${this.deviceId}${path}`)
    const token = await this.#token(method, url.pathname + url.search, body)
    const sentAt = performance.now()
    // Not axios' own timeout: it starts anew with every byte, and an answer that trickles would never end.
    const deadline = AbortSignal.timeout(timeoutMs)
    try {
      const answer: AxiosResponse<string> = await this.#axios.request({
        method,
        url: url.href,
        ...(body === undefined ? {} : { data: body }),
        headers: { ...headers, authorization: `Bearer ${token}` },
        signal: AbortSignal.any([this.#aborter.signal, deadline]),
      })
      const header = (name: string): string | undefined => {
        const value: unknown = answer.headers[name]
        return typeof value === 'string' ? value : undefined
      }
      // Only an answer to us, good or 401, tells the time: a captive portal's clock is nobody's.
      if (answer.status < 300 || answer.status === 304 || answer.status === 401)
        this.#clock.observe(header('date'), performance.now() - sentAt)
      return { kind: 'answer', status: answer.status, body: answer.data, header }
    } catch (error) {
      if (deadline.aborted) return { kind: 'unreachable', why: `no whole answer within ${timeoutMs / 1000} s` }
      return { kind: 'unreachable', why: error instanceof Error ? error.message : String(error) }
    }
  }

  async #token(method: string, target: string, body: Uint8Array | undefined): Promise<string> {
    const now = Math.floor(this.#clock.now().getTime() / 1000)
    return new SignJWT({ htm: method, htu: target, bh: sha256(body ?? '') })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'gate-device+jwt', kid: this.deviceId })
      .setIssuer(this.deviceId)
      .setAudience(this.#enrolment.audience)
      .setIssuedAt(now)
      .setExpirationTime(now + tokenSeconds)
      .setJti(randomUUID())
      .sign(await importJWK(this.#enrolment.privateKey, 'EdDSA'))
  }
}
