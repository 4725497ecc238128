import type { SyncState } from '../contract/state.ts'
import { backoffMs } from './backoff.ts'
import { PlatformClient } from './client.ts'
import type { PlatformClock } from './clock.ts'
import type { Enrolment } from './enrolment.ts'
import { fetchPolicy } from './policy.ts'
import type { Health, Policy } from './protocol.ts'
import { failed, refusal, type Step } from './step.ts'
import { type Outbox, type Uploaded, Uploader } from './uploader.ts'

const policyEveryMs = 60_000
const healthEveryMs = 60_000
/** A platform that only ever sends the gate elsewhere must not keep it busy. */
const maxMoves = 32

/** What the gate offers to the exchange with its platform. */
export interface Gate {
  readonly outbox: Outbox
  readonly clock: PlatformClock
  /** Version of the policy in force, 0 for none. */
  policyVersion(): number
  adopt(policy: Policy, jws: string): Promise<void>
  /** Drops the personal data of every visit; the visits stay. */
  purge(): void
  health(): Health
  /** The state changed. */
  changed(): void
  /** Something worth a log line. */
  report(what: string): void
}

type Fork = { kind: 'fork'; seq: number }
type Standing = { kind: 'online' } | { kind: 'offline' } | { kind: 'revoked' } | Fork

/** Keeps the gate and its platform in step: policy, visits and health, one request at a time. */
export class SyncAgent {
  readonly #enrolment: Enrolment
  readonly #gate: Gate
  readonly #client: PlatformClient
  readonly #uploader: Uploader
  #standing: Standing = { kind: 'offline' }
  #heardAt: string | null = null
  #policyDue = 0
  #healthDue = 0
  #failures = 0
  #moves = 0
  /** Highest seq that the platform acknowledged in this run. */
  #highest = 0
  #wake: (() => void) | null = null
  /** A visit came while the last exchange was under way. */
  #poked = false
  #stopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(enrolment: Enrolment, gate: Gate) {
    this.#enrolment = enrolment
    this.#gate = gate
    this.#client = new PlatformClient(enrolment, gate.clock)
    this.#uploader = new Uploader(this.#client, enrolment.signingKey, gate.outbox)
  }

  get state(): SyncState {
    const waiting = this.#gate.outbox.last() - this.#gate.outbox.acked()
    return this.#standing.kind === 'offline'
      ? { kind: 'offline', waiting, since: this.#heardAt }
      : { ...this.#standing, waiting }
  }

  start(): void {
    this.#running = this.#run()
  }

  /** There is a new visit. While the platform cannot be reached this changes nothing. */
  wake(): void {
    this.#poked = true
    if (this.#failures === 0) this.#wake?.()
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
          this.#succeeded()
          break
        case 'idle':
          if (!this.#poked) await this.#pause(Math.min(this.#policyDue, this.#healthDue) - performance.now())
          break
        case 'failed':
          await this.#failed(step.why, step.waitMs)
          break
        case 'revoked':
        case 'fork':
          return this.#halt(step)
      }
    }
  }

  /** Does the one thing that is due. */
  async #turn(): Promise<Step | { kind: 'done' } | { kind: 'idle' } | Fork> {
    // While exchanges fail the visits go first: a policy that cannot be had must not hold them up.
    if (this.#failures === 0 && performance.now() >= this.#policyDue) return this.#policy()
    const uploaded = this.#count(await this.#uploader.upload())
    switch (uploaded.kind) {
      case 'nothing':
        if (this.#failures > 0) return this.#policy()
        return performance.now() >= this.#healthDue ? this.#health() : { kind: 'idle' }
      case 'acknowledged':
      case 'moved':
        return { kind: 'done' }
      case 'fork':
      case 'failed':
      case 'revoked':
        return uploaded
    }
  }

  #count(uploaded: Uploaded): Uploaded {
    if (uploaded.kind === 'acknowledged' && uploaded.acked > this.#highest) {
      this.#highest = uploaded.acked
      this.#moves = 0
    }
    if (uploaded.kind !== 'moved') return uploaded
    this.#moves++
    return this.#moves > maxMoves ? failed('the platform asks for ever other visits') : uploaded
  }

  async #policy(): Promise<Step | { kind: 'done' }> {
    this.#policyDue = performance.now() + policyEveryMs
    const fetched = await fetchPolicy(this.#client, this.#enrolment.signingKey, this.#gate.policyVersion())
    if (fetched.kind === 'failed' || fetched.kind === 'revoked') return fetched
    if (fetched.kind === 'new') await this.#gate.adopt(fetched.policy, fetched.jws)
    return { kind: 'done' }
  }

  async #health(): Promise<Step | { kind: 'done' }> {
    this.#healthDue = performance.now() + healthEveryMs
    const body = Buffer.from(JSON.stringify(this.#gate.health()))
    const answer = await this.#client.request('POST', '/health', {
      body,
      headers: { 'content-type': 'application/json' },
    })
    if (answer.kind === 'unreachable') return failed(answer.why)
    // A platform need not take health.
    return answer.status < 300 || answer.status === 404 ? { kind: 'done' } : refusal(answer)
  }

  #succeeded() {
    this.#failures = 0
    this.#heardAt = this.#gate.clock.now().toISOString()
    if (this.#standing.kind !== 'online') this.#gate.report('online')
    this.#standing = { kind: 'online' }
    this.#gate.changed()
  }

  async #failed(why: string, waitMs: number) {
    this.#failures++
    if (this.#failures === 1 || this.#standing.kind !== 'offline') this.#gate.report(`offline: ${why}`)
    this.#standing = { kind: 'offline' }
    this.#gate.changed()
    await this.#pause(backoffMs(this.#failures, waitMs))
  }

  /** Stops for good: a person has to act. What the gate holds, it keeps. */
  #halt(step: Extract<Step, { kind: 'revoked' }> | Fork) {
    this.#standing = step.kind === 'fork' ? step : { kind: 'revoked' }
    if (step.kind === 'revoked' && step.purge) this.#gate.purge()
    this.#gate.report(
      step.kind === 'fork' ? `the platform holds a different visit ${step.seq}` : 'the gate was revoked',
    )
    this.#gate.changed()
  }

  #pause(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake = done
    })
  }
}
