import type { PlatformClient } from './client.ts'
import { Backoff, type Pacing } from './pacing.ts'
import type { SigningJwk } from './protocol.ts'
import { failed, type Step } from './step.ts'
import { type Outbox, type Uploaded, Uploader } from './uploader.ts'

/** A platform that only ever sends the gate elsewhere must not keep it busy. */
const maxMoves = 32

/** A person has to look: the platform holds a different visit `seq`, or asks for one that the gate has no more. */
export type Halt = Extract<Uploaded, { kind: 'fork' | 'missing' }>

export type Sent = { kind: 'nothing' } | { kind: 'sent' } | Halt | Step

type Log = {
  readonly uploader: Uploader
  readonly backoff: Backoff
  /** Not tried before this, by the pacing's clock. */
  due: number
  halt: Halt | null
  moves: number
  /** Highest seq that the platform acknowledged in this run. */
  highest: number
}

type Parts = {
  readonly client: PlatformClient
  readonly signingKey: SigningJwk
  readonly pacing: Pacing
  readonly gate: {
    /** The current log last. */
    outboxes(): readonly Outbox[]
    report(what: string): void
  }
}

/**
 * The upload of all logs. The current one goes first, so that no visit made now waits behind those of an earlier file;
 * trouble with one log stops no other.
 */
export class Uploads {
  readonly #parts: Parts
  readonly #logs = new Map<string, Log>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Visits that the platform has not acknowledged. */
  get waiting(): number {
    return this.#parts.gate.outboxes().reduce((sum, outbox) => sum + outbox.last() - outbox.acked(), 0)
  }

  /** The first log that nothing more is sent of. */
  get halt(): Halt | null {
    for (const { halt } of this.#logs.values()) if (halt !== null) return halt
    return null
  }

  /** When a log that did not get on is tried again, by the pacing's clock. */
  get due(): number {
    const stuck = [...this.#logs.values()].filter(({ halt, backoff }) => halt === null && backoff.failures > 0)
    const dues = stuck.map(({ due }) => due)
    return Math.min(Number.POSITIVE_INFINITY, ...dues)
  }

  /** Sends one batch of at most `most` visits of the first log that has something to send. */
  async upload(most?: number): Promise<Sent> {
    const [current, ...kept] = [...this.#parts.gate.outboxes()].reverse()
    if (current === undefined) return { kind: 'nothing' }
    const uploaded = await this.#send(current, this.#log(current), most)
    if (uploaded.kind === 'stuck') return failed(uploaded.why)
    if (uploaded.kind !== 'nothing') return uploaded
    for (const outbox of kept) {
      const log = this.#log(outbox)
      if (this.#parts.pacing.now() < log.due) continue
      const sent = await this.#send(outbox, log, most)
      if (sent.kind === 'stuck') this.#putOff(outbox, log, sent.why)
      else if (sent.kind !== 'nothing') return sent
    }
    return { kind: 'nothing' }
  }

  #log(outbox: Outbox): Log {
    const known = this.#logs.get(outbox.log)
    if (known !== undefined) return known
    const { client, signingKey, pacing } = this.#parts
    const uploader = new Uploader(client, signingKey, outbox)
    const log = { uploader, backoff: new Backoff(pacing), due: 0, halt: null, moves: 0, highest: 0 }
    this.#logs.set(outbox.log, log)
    return log
  }

  #putOff(outbox: Outbox, log: Log, why: string) {
    log.due = this.#parts.pacing.now() + log.backoff.failed(0)
    if (log.backoff.failures === 1) this.#parts.gate.report(`the earlier log ${outbox.log} does not get on: ${why}`)
  }

  async #send(outbox: Outbox, log: Log, most: number | undefined): Promise<Sent | { kind: 'stuck'; why: string }> {
    if (log.halt !== null) return { kind: 'nothing' }
    const uploaded = await log.uploader.upload(most)
    switch (uploaded.kind) {
      case 'acknowledged':
        log.backoff.succeeded()
        if (uploaded.acked > log.highest) log.moves = 0
        log.highest = Math.max(log.highest, uploaded.acked)
        return { kind: 'sent' }
      case 'moved':
        log.moves++
        return log.moves > maxMoves
          ? { kind: 'stuck', why: 'the platform asks for ever other visits' }
          : { kind: 'sent' }
      case 'fork':
      case 'missing':
        log.halt = uploaded
        this.#parts.gate.report(
          `${explain(uploaded)}: nothing more of log ${outbox.log} is sent until a person has looked`,
        )
        return uploaded
      case 'nothing':
        log.backoff.succeeded()
        return uploaded
      case 'stuck':
      case 'failed':
      case 'revoked':
        return uploaded
    }
  }
}

function explain({ kind, seq }: Halt): string {
  return kind === 'fork'
    ? `the platform holds a different visit ${seq}`
    : `the platform asks for visit ${seq}, which the gate has no more`
}
