import { type Gate, SyncAgent } from '../../sync/agent.ts'
import { PlatformClient } from '../../sync/client.ts'
import { PlatformClock } from '../../sync/clock.ts'
import type { Enrolment } from '../../sync/enrolment.ts'
import type { Policy } from '../../sync/protocol.ts'
import { Uploader } from '../../sync/uploader.ts'
import { MemoryOutbox } from './visits.ts'

/** A gate's end of the exchange, without the agent that drives it. */
export function uploaderOf(enrolment: Enrolment, outbox: MemoryOutbox) {
  const client = new PlatformClient(enrolment, new PlatformClock())
  return { client, uploader: new Uploader(client, enrolment.signingKey, outbox) }
}

/** A gate with its agent, and everything that the agent told it. */
export class TestGate implements Gate {
  readonly outbox: MemoryOutbox
  readonly clock = new PlatformClock()
  readonly agent: SyncAgent
  readonly reports: string[] = []
  readonly adopted: Policy[] = []
  /** Every standing that a screen would have shown, without repeats. */
  readonly standings: string[] = []

  constructor(enrolment: Enrolment, visits = 0) {
    this.outbox = new MemoryOutbox(visits)
    this.agent = new SyncAgent(enrolment, this)
  }

  policyVersion(): number {
    return this.adopted.at(-1)?.version ?? 0
  }

  adopt(policy: Policy): void {
    this.adopted.push(policy)
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
