import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Answer, PlatformClient } from './client.ts'
import { firstPrev } from './digest.ts'
import { parseJson } from './json.ts'
import {
  maxBatchBytes,
  maxBatchVisits,
  Receipt,
  type Rejected,
  type SigningJwk,
  UploadReply,
  type Visit,
} from './protocol.ts'
import { openSigned } from './signature.ts'
import { failed, refusal, refusalBody, type Step } from './step.ts'

const zip = promisify(gzip)

/** The visit log as the upload sees it: the log is the queue. */
export interface Outbox {
  /** UUID of the log. */
  readonly log: string
  /** Highest seq that the platform holds, 0 for none. */
  acked(): number
  /** Highest seq there is, 0 for none. */
  last(): number
  /** Up to `limit` visits from seq `first` on, ascending. */
  read(first: number, limit: number): Visit[]
  /** `hash` of one visit; undefined where there is none. */
  hashOf(seq: number): string | undefined
  /** False: it could not be stored, and will be asked for again. */
  acknowledge(acked: number, rejected: readonly Rejected[]): boolean
}

export type Uploaded =
  | { kind: 'nothing' }
  | { kind: 'acknowledged'; acked: number }
  /** The platform goes on from another place than expected; the next batch begins there. */
  | { kind: 'moved' }
  | { kind: 'fork'; seq: number }
  | Step

/** Sends the log, batch by batch. Nothing it does can change or drop a visit. */
export class Uploader {
  readonly #client: PlatformClient
  readonly #signingKey: SigningJwk
  readonly #outbox: Outbox
  #next: number
  #limit = maxBatchVisits

  constructor(client: PlatformClient, signingKey: SigningJwk, outbox: Outbox) {
    this.#client = client
    this.#signingKey = signingKey
    this.#outbox = outbox
    this.#next = outbox.acked() + 1
  }

  /** Sends one batch, if there is anything to send. */
  async upload(): Promise<Uploaded> {
    const visits = this.#outbox.read(this.#next, this.#limit)
    if (visits.length === 0) return { kind: 'nothing' }
    const body = await zip(JSON.stringify({ log: this.#outbox.log, first: this.#next, visits }))
    if (body.length > maxBatchBytes && visits.length > 1) {
      this.#halve(visits.length)
      return this.upload()
    }
    const answer = await this.#client.request('POST', '/visits', {
      body,
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    })
    if (answer.kind === 'unreachable') {
      // On a slow link a full batch may never get through in time.
      this.#halve(visits.length)
      return failed(answer.why)
    }
    switch (answer.status) {
      case 200:
        return this.#acknowledged(answer.body)
      case 409:
        return this.#conflict(answer)
      case 413:
        if (visits.length === 1) return failed('the platform finds one visit too large')
        this.#halve(visits.length)
        return { kind: 'moved' }
      default:
        return refusal(answer)
    }
  }

  #halve(sent: number) {
    this.#limit = Math.max(1, Math.floor(sent / 2))
  }

  async #acknowledged(body: string): Promise<Uploaded> {
    const reply = UploadReply.safeParse(parseJson(body))
    if (!reply.success) return failed('the answer to the upload is not that of a platform')
    const opened = await openSigned(reply.data.receipt, this.#signingKey, Receipt)
    if (opened.kind !== 'good') return failed('the receipt is not one of the platform of this gate')
    const receipt = opened.value
    const { acked } = receipt
    if (receipt.device !== this.#client.deviceId || receipt.log !== this.#outbox.log || acked !== reply.data.acked) {
      return failed('the receipt is not for this upload')
    }
    const hash = acked === 0 ? firstPrev : this.#outbox.hashOf(acked)
    // A platform that holds more than the gate, or another hash, has a different log: a person has to look.
    if (hash !== receipt.hash) return { kind: 'fork', seq: Math.min(acked, this.#outbox.last() + 1) }
    if (acked + 1 === this.#next) return failed(`the platform took nothing beyond ${acked}`)
    const fellBack = acked < this.#next
    const rejected = reply.data.rejected.filter(({ seq }) => seq >= 1 && seq <= acked)
    if (!this.#outbox.acknowledge(acked, rejected)) return failed('the acknowledgement cannot be stored')
    this.#next = acked + 1
    this.#limit = Math.min(maxBatchVisits, this.#limit * 2)
    return fellBack ? { kind: 'moved' } : { kind: 'acknowledged', acked }
  }

  #conflict(answer: Extract<Answer, { kind: 'answer' }>): Uploaded {
    const body = refusalBody(answer.body)
    if (body?.code === 'fork') return { kind: 'fork', seq: body.seq }
    if (body?.code !== 'gap') return refusal(answer)
    if (body.expected > this.#outbox.last() + 1) return { kind: 'fork', seq: body.expected - 1 }
    // What lies before `expected` has no receipt yet: where there is nothing after it, the last visit brings one.
    const next = Math.min(body.expected, this.#outbox.last())
    if (next === this.#next) return failed(`the platform asks for ${body.expected}, which it was sent`)
    this.#next = next
    return { kind: 'moved' }
  }
}
