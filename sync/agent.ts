import type { SyncState } from '../contract/state.ts'
import { PlatformClient } from './client.ts'
import type { PlatformClock } from './clock.ts'
import type { Enrolment } from './enrolment.ts'
import { headOf, sendHealth } from './health.ts'
import { ListFetcher, type ListShelf } from './lists.ts'
import { Backoff, type Pacing, realPacing } from './pacing.ts'
import { fetchPolicy } from './policy.ts'
import { type Health, maxBatchVisits, type Policy } from './protocol.ts'
import { Standing } from './standing.ts'
import type { Step } from './step.ts'
import type { Outbox } from './uploader.ts'
import { type Halt, type Sent, Uploads } from './uploads.ts'

const policyEveryMs = 60_000
const healthEveryMs = 60_000
/** A revoked gate asks now and then whether it still is. */
const revokedEveryMs = 300_000
/** The backlogs of a region whose power returns to an overloaded platform are spread over this. */
const spreadMs = 300_000
/** After so many failures in a row the gate only probes. */
const openAfter = 5

/** What the gate offers to the exchange with its platform. */
export interface Gate {
  readonly clock: PlatformClock
  /** Every log that there is to send: those kept from damaged or restored files, then the current one. */
  outboxes(): readonly Outbox[]
  readonly lists: ListShelf
  /** Version of the policy in force, 0 for none. */
  policyVersion(): number
  /** A string says why this policy cannot be put in force. */
  adopt(policy: Policy, jws: string): Promise<string | null>
  /** Drops the personal data of every visit, and the policy under which it was taken; the visits stay. */
  purge(): void
  health(): Health
  /** The state changed. */
  changed(): void
  /** Something worth a log line. */
  report(what: string): void
}

/** `no-policy`: only the policy cannot be had; whether the platform is there, the next exchange tells. */
type Turn = Step | Halt | { kind: 'no-policy'; why: string; waitMs: number } | { kind: 'done' } | { kind: 'idle' }

/** Keeps the gate and its platform in step: policy, visits and health, one request at a time. */
export class SyncAgent {
  readonly #enrolment: Enrolment
  readonly #gate: Gate
  readonly #pacing: Pacing
  readonly #client: PlatformClient
  readonly #uploads: Uploads
  readonly #lists: ListFetcher
  readonly #backoff: Backoff
  readonly #standing: Standing
  #policyDue = 0
  #listsTurn = false
  #healthDue = 0
  /** Until then a backlog is held back; a new visit ends that. */
  #heldUntil = 0
  #wake: (() => void) | null = null
  /** A visit may end the pause. */
  #light = true
  /** A visit came while the last exchange was under way. */
  #poked = false
  #stopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(enrolment: Enrolment, gate: Gate, pacing: Pacing = realPacing) {
    this.#enrolment = enrolment
    this.#gate = gate
    this.#pacing = pacing
    this.#client = new PlatformClient(enrolment, gate.clock)
    this.#backoff = new Backoff(pacing)
    this.#standing = new Standing(gate)
    const parts = { client: this.#client, signingKey: enrolment.signingKey, pacing, gate }
    this.#uploads = new Uploads(parts)
    this.#lists = new ListFetcher(parts)
  }

  get state(): SyncState {
    return this.#standing.state(this.#uploads)
  }

  start(): void {
    this.#running = this.#run()
  }

  /** There is a new visit. While the platform cannot be reached this changes nothing. */
  wake(): void {
    this.#poked = true
    this.#heldUntil = 0
    if (this.#light) this.#wake?.()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#client.close()
    this.#wake?.()
    await this.#running
  }

  async #run() {
    while (!this.#stopped) {
      this.#poked = false
      const step = await this.#turn()
      if (this.#stopped) return
      switch (step.kind) {
        case 'done':
        case 'fork':
        case 'missing':
          this.#succeeded()
          break
        case 'idle':
          await this.#pause(this.#nextDue() - this.#pacing.now(), true)
          break
        case 'failed':
        case 'no-policy':
          await this.#failed(step)
          break
        case 'revoked':
          await this.#revoked(step.purge)
          break
      }
    }
  }

  /** Does the one thing that is due. */
  async #turn(): Promise<Turn> {
    if (this.#standing.kind === 'revoked') return this.#policy()
    const { failures } = this.#backoff
    const now = this.#pacing.now()
    if (failures === 0) {
      if (now >= this.#policyDue) return this.#policy()
      // The platform should know what a gate still owes long before all of that is there.
      if (now >= this.#healthDue && this.#uploads.waiting > maxBatchVisits) return this.#health()
      // By turns with the visits: neither a long list nor a long backlog holds up the other.
      this.#listsTurn = !this.#listsTurn && now >= this.#lists.due
      if (this.#listsTurn) return this.#lists.step()
    }
    const open = failures >= openAfter
    if (open && failures % 2 === 1) {
      const probe = await this.#policy()
      if (probe.kind !== 'done') return probe
    }
    // The other probe is a single visit: a policy that cannot be had, for itself, must not hold up the visits for ever.
    const sent: Sent = now < this.#heldUntil ? { kind: 'nothing' } : await this.#uploads.upload(open ? 1 : undefined)
    switch (sent.kind) {
      case 'nothing':
        return this.#rest(failures)
      case 'sent':
        return { kind: 'done' }
      case 'fork':
      case 'missing':
      case 'failed':
      case 'revoked':
        return sent
    }
  }

  /** There is no visit to send. After a failure, policy and health by turns tell whether the platform is there. */
  async #rest(failures: number): Promise<Turn> {
    if (failures > 0) return failures % 2 === 1 ? this.#health() : this.#policy()
    return this.#pacing.now() >= this.#healthDue ? this.#health() : { kind: 'idle' }
  }

  #nextDue(): number {
    const held = this.#heldUntil > this.#pacing.now() ? this.#heldUntil : Number.POSITIVE_INFINITY
    return Math.min(this.#policyDue, this.#healthDue, this.#uploads.due, this.#lists.due, held)
  }

  async #policy(): Promise<Turn> {
    this.#policyDue = this.#pacing.now() + policyEveryMs
    const fetched = await fetchPolicy(this.#client, this.#enrolment.signingKey, this.#gate.policyVersion())
    switch (fetched.kind) {
      case 'revoked':
        return fetched
      case 'failed':
        this.#standing.refused = fetched.why
        return { ...fetched, kind: 'no-policy' }
      case 'new':
        this.#standing.refused = await this.#gate.adopt(fetched.policy, fetched.jws)
        break
      case 'refused':
        this.#standing.refused = fetched.why
        break
      case 'unchanged':
        this.#standing.refused = null
    }
    return { kind: 'done' }
  }

  #health(): Promise<Turn> {
    this.#healthDue = this.#pacing.now() + healthEveryMs
    const head = headOf(this.#gate.outboxes().at(-1))
    return sendHealth(this.#client, {
      ...this.#gate.health(),
      head,
      policyRefused: this.#standing.refused ?? this.#lists.why,
    })
  }

  #succeeded() {
    if (this.#backoff.failures > 1) {
      // What was heard of the policy may be the outage's fault: it is asked for anew.
      this.#policyDue = 0
      this.#standing.refused = null
    } else this.#standing.reportPolicy()
    this.#backoff.succeeded()
    this.#standing.online()
  }

  async #failed({ kind, why, waitMs }: Extract<Turn, { kind: 'failed' | 'no-policy' }>) {
    const pauseMs = this.#backoff.failed(waitMs)
    const first = this.#backoff.failures === 1
    if (first && !this.#standing.heard && !this.#poked) {
      this.#heldUntil = this.#pacing.now() + this.#pacing.random() * spreadMs
    }
    this.#standing.failed(why, { first, policyOnly: kind === 'no-policy' })
    await this.#pause(pauseMs, this.#standing.kind === 'online' && waitMs === 0)
  }

  /** Sends nothing more, but what the gate holds, it keeps. */
  async #revoked(purge: boolean) {
    if (purge) this.#gate.purge()
    this.#standing.revoked()
    await this.#pause(revokedEveryMs, false)
  }

  /** `light`: a new visit ends the pause, also one that came during the exchange before. */
  async #pause(ms: number, light: boolean): Promise<void> {
    if (this.#stopped || (light && this.#poked)) return
    const ends = new AbortController()
    this.#light = light
    this.#wake = () => ends.abort()
    await this.#pacing.pause(Math.max(0, ms), ends.signal)
    this.#wake = null
  }
}
