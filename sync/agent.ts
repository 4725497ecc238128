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
/** A revoked gate asks now and then whether it still is. */
const revokedEveryMs = 300_000
/** A platform that only ever sends the gate elsewhere must not keep it busy. */
const maxMoves = 32

/** What the gate offers to the exchange with its platform. */
export interface Gate {
  readonly outbox: Outbox
  readonly clock: PlatformClock
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

type Fork = { kind: 'fork'; seq: number }
type Turn = Step | Fork | { kind: 'done' } | { kind: 'idle' }

/** Keeps the gate and its platform in step: policy, visits and health, one request at a time. */
export class SyncAgent {
  readonly #enrolment: Enrolment
  readonly #gate: Gate
  readonly #client: PlatformClient
  readonly #uploader: Uploader
  #standing: 'online' | 'offline' | 'revoked' = 'offline'
  /** The platform holds a different visit under this number: nothing is sent until a person has looked. */
  #fork: number | null = null
  #refusal = ''
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
    if (this.#fork !== null) return { kind: 'fork', waiting, seq: this.#fork }
    if (this.#standing === 'offline') return { kind: 'offline', waiting, since: this.#heardAt }
    return { kind: this.#standing, waiting }
  }

  start(): void {
    this.#running = this.#run()
  }

  /** There is a new visit. While the platform cannot be reached this changes nothing. */
  wake(): void {
    this.#poked = true
    if (this.#failures === 0 && this.#standing !== 'revoked') this.#wake?.()
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
          await this.#revoked(step.purge)
          break
        case 'fork':
          this.#fork = step.seq
          this.#gate.report(
            `the platform holds a different visit ${step.seq}: nothing is sent until a person has looked`,
          )
          this.#succeeded()
          break
      }
    }
  }

  /** Does the one thing that is due. */
  async #turn(): Promise<Turn> {
    if (this.#standing === 'revoked') return this.#policy()
    // While exchanges fail the visits go first: a policy that cannot be had must not hold them up.
    if (this.#failures === 0 && performance.now() >= this.#policyDue) return this.#policy()
    const uploaded = await this.#upload()
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

  async #upload(): Promise<Uploaded> {
    return this.#fork === null ? this.#count(await this.#uploader.upload()) : { kind: 'nothing' }
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
    switch (fetched.kind) {
      case 'failed':
      case 'revoked':
        return fetched
      case 'new':
        this.#refuse(await this.#gate.adopt(fetched.policy, fetched.jws))
        break
      case 'refused':
        this.#refuse(fetched.why)
        break
      case 'unchanged':
        this.#refuse(null)
    }
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
    // A platform need not take health, and one that finds fault with it is no less there.
    const taken = answer.status < 300 || [400, 404, 405, 413, 415, 422].includes(answer.status)
    return taken ? { kind: 'done' } : refusal(answer)
  }

  /** Says once why the policy that the platform offers is not the one in force. */
  #refuse(why: string | null) {
    if (why !== null && why !== this.#refusal) this.#gate.report(`the last good policy stays in force: ${why}`)
    this.#refusal = why ?? ''
  }

  #succeeded() {
    this.#failures = 0
    this.#heardAt = this.#gate.clock.now().toISOString()
    if (this.#standing !== 'online') this.#gate.report('online')
    this.#standing = 'online'
    this.#gate.changed()
  }

  async #failed(why: string, waitMs: number) {
    this.#failures++
    if (this.#failures === 1 || this.#standing === 'online') this.#gate.report(`offline: ${why}`)
    if (this.#standing === 'online') this.#standing = 'offline'
    this.#gate.changed()
    await this.#pause(backoffMs(this.#failures, waitMs))
  }

  /** Sends nothing more, but what the gate holds, it keeps. */
  async #revoked(purge: boolean) {
    if (this.#standing !== 'revoked') this.#gate.report('the gate was revoked')
    this.#standing = 'revoked'
    if (purge) this.#gate.purge()
    this.#gate.changed()
    await this.#pause(revokedEveryMs)
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
