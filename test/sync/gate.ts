import { type Gate, SyncAgent } from '../../sync/agent.ts'
import { PlatformClient } from '../../sync/client.ts'
import { PlatformClock } from '../../sync/clock.ts'
import type { Enrolment } from '../../sync/enrolment.ts'
import type { Policy, Visit } from '../../sync/protocol.ts'
import { type Uploaded, Uploader } from '../../sync/uploader.ts'
import { noLists } from './no-lists.ts'
import type { ScriptedPlatform } from './scripted-platform.ts'
import { MemoryOutbox } from './visits.ts'

/** A gate that uploads when it is told to, without an agent. */
export class UploadingGate {
  readonly outbox = new MemoryOutbox()
  readonly #platform: ScriptedPlatform
  readonly #enrolment: Enrolment
  #client: PlatformClient
  #uploader: Uploader

  constructor(platform: ScriptedPlatform, enrolment: Enrolment) {
    this.#platform = platform
    this.#enrolment = enrolment
    this.#client = new PlatformClient(enrolment, new PlatformClock())
    this.#uploader = new Uploader(this.#client, enrolment.signingKey, this.outbox)
  }

  upload(): Promise<Uploaded> {
    return this.#uploader.upload()
  }

  /** Uploads until there is nothing more to send, at most 40 times. */
  async drain(): Promise<Uploaded[]> {
    const all: Uploaded[] = []
    while (all.length < 40) {
      const uploaded = await this.upload()
      if (uploaded.kind === 'nothing') return all
      all.push(uploaded)
    }
    return all
  }

  /** What the platform holds of its log. */
  held(): Visit[] {
    return this.#platform.shelf.held(this.outbox.log)
  }

  restart(): void {
    this.#client.close()
    this.#client = new PlatformClient(this.#enrolment, new PlatformClock())
    this.#uploader = new Uploader(this.#client, this.#enrolment.signingKey, this.outbox)
  }

  end(): void {
    this.#client.close()
  }
}

/** A gate with its agent, and everything that the agent told it. */
export class TestGate implements Gate {
  readonly outbox: MemoryOutbox
  /** Logs kept from earlier files. */
  readonly kept: MemoryOutbox[] = []
  readonly clock = new PlatformClock()
  readonly lists = noLists
  readonly agent: SyncAgent
  readonly reports: string[] = []
  readonly adopted: Policy[] = []
  purges = 0
  /** Every standing that a screen would have shown, without repeats. */
  readonly standings: string[] = []

  constructor(enrolment: Enrolment, visits = 0) {
    this.outbox = new MemoryOutbox(visits)
    this.agent = new SyncAgent(enrolment, this)
  }

  outboxes(): readonly MemoryOutbox[] {
    return [...this.kept, this.outbox]
  }

  policyVersion(): number {
    return this.adopted.at(-1)?.version ?? 0
  }

  purge(): void {
    this.purges++
  }

  async adopt(policy: Policy): Promise<string | null> {
    this.adopted.push(policy)
    return null
  }

  health() {
    const clock = this.clock.stamp()
    return {
      at: this.clock.now().toISOString(),
      software: { name: 'gate-kiosk', version: '0.0.0' },
      policyVersion: this.policyVersion(),
      queue: { waiting: this.agent.state.waiting, oldest: null, refused: this.outbox.rejected.size },
      readers: [],
      disk: { freeBytes: 1_000_000 },
      clock,
      uptimeMs: clock.upMs,
    }
  }

  changed(): void {
    const { kind } = this.agent.state
    if (this.standings.at(-1) !== kind) this.standings.push(kind)
  }

  report(what: string): void {
    this.reports.push(what)
  }
}
