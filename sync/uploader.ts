import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
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

/** Visits read and written as JSON in one go: more would keep a scan waiting. */
const pageVisits = 50

/** One visit log as the upload sees it: the log is the queue. */
export interface Outbox {
  /** UUID of the log. */
  readonly log: string
  /** Highest seq that the platform holds, 0 for none. */
  acked(): number
  /** It takes no visits any more. One out of a backup may end before what the platform holds. */
  readonly closed: boolean
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
  /** The platform holds a different visit `seq`, or one that the gate never had. */
  | { kind: 'fork'; seq: number }
  /** Visit `seq` comes next, and the gate has it no more: its file was damaged. */
  | { kind: 'missing'; seq: number }
  /** The platform is there, but this log does not get on: try it later, others may. */
  | { kind: 'stuck'; why: string }
  | Step

type Batch = { kind: 'batch'; count: number; body: Buffer } | { kind: 'nothing' } | { kind: 'missing'; seq: number }

/** Sends one log, batch by batch. Nothing it does can change or drop a visit. */
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

  /** Sends one batch of at most `most` visits, if there is anything to send. */
  async upload(most = maxBatchVisits): Promise<Uploaded> {
    const batch = await this.#batch(Math.min(most, this.#limit))
    if (batch.kind !== 'batch') return batch
    const { count, body } = batch
    if (body.length > maxBatchBytes && count > 1) {
      this.#halve(count)
      return this.upload(most)
    }
    const answer = await this.#client.request('POST', '/visits', {
      body,
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    })
    if (answer.kind === 'unreachable') {
      // On a slow link a full batch may never get through in time.
      this.#halve(count)
      return failed(answer.why)
    }
    switch (answer.status) {
      case 200:
        return this.#acknowledged(answer.body)
      case 409:
        return this.#conflict(answer)
      case 413:
        if (count === 1) return stuck('the platform finds one visit too large')
        this.#halve(count)
        return { kind: 'moved' }
      case 400:
      case 422:
        return stuck(`the platform answered ${answer.status}`)
      default:
        return refusal(answer)
    }
  }

  /** The next visits, page by page with a breath between: a scan must not wait for a whole batch. */
  async #batch(limit: number): Promise<Batch> {
    const pages = [Buffer.from(`{"log":${JSON.stringify(this.#outbox.log)},"first":${this.#next},"visits":[`)]
    let count = 0
    while (count < limit) {
      const first = this.#next + count
      const asked = Math.min(pageVisits, limit - count)
      const page = this.#outbox.read(first, asked)
      const hole = page.findIndex(({ seq }, i) => seq !== first + i)
      if (hole === 0 && count === 0) return { kind: 'missing', seq: first }
      const joined = hole < 0 ? page : page.slice(0, hole)
      const json = joined.map((visit) => JSON.stringify(visit)).join(',')
      if (json !== '') pages.push(Buffer.from(count === 0 ? json : `,${json}`))
      count += joined.length
      if (joined.length < asked) break
      await setImmediate()
    }
    if (count === 0) return { kind: 'nothing' }
    return { kind: 'batch', count, body: await pipeline([...pages, Buffer.from(']}')], createGzip(), buffer) }
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
    const ahead = this.#outbox.closed && acked > this.#outbox.last()
    // A platform that holds more than a gate at work, or another hash, has a different log: a person has to look.
    if (!ahead && hash !== receipt.hash) return { kind: 'fork', seq: Math.min(acked, this.#outbox.last() + 1) }
    if (acked + 1 === this.#next) return stuck(`the platform took nothing beyond ${acked}`)
    const fellBack = acked < this.#next
    const rejected = reply.data.rejected.filter(({ seq }) => seq >= 1 && seq <= acked)
    if (!this.#outbox.acknowledge(Math.min(acked, this.#outbox.last()), rejected))
      return stuck('the acknowledgement cannot be stored')
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
    if (next === this.#next) return stuck(`the platform asks for ${body.expected}, which it was sent`)
    this.#next = next
    return { kind: 'moved' }
  }
}

function stuck(why: string): Uploaded {
  return { kind: 'stuck', why }
}
