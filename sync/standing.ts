import type { SyncState } from '../contract/state.ts'
import type { PlatformClock } from './clock.ts'
import type { Uploads } from './uploads.ts'

type Listener = {
  readonly clock: PlatformClock
  changed(): void
  report(what: string): void
}

/** Where the gate stands with its platform, as a screen and a log tell it. */
export class Standing {
  readonly #listener: Listener
  #kind: 'online' | 'offline' | 'revoked' = 'offline'
  #heardAt: string | null = null
  /** Why the platform's newest policy is not the one in force. */
  refused: string | null = null
  /** What of `refused` was reported. */
  #reported: string | null = null

  constructor(listener: Listener) {
    this.#listener = listener
  }

  get kind(): SyncState['kind'] {
    return this.#kind
  }

  /** Whether the platform was heard in this run. */
  get heard(): boolean {
    return this.#heardAt !== null
  }

  state({ waiting, halt }: Uploads): SyncState {
    if (halt !== null) return { kind: 'fork', waiting, seq: halt.seq }
    if (this.#kind === 'offline') return { kind: 'offline', waiting, since: this.#heardAt }
    if (this.#kind === 'revoked') return { kind: 'revoked', waiting }
    return { kind: 'online', waiting, ...(this.refused === null ? {} : { policyRefused: this.refused }) }
  }

  /** An exchange succeeded. */
  online(): void {
    this.#heardAt = this.#listener.clock.now().toISOString()
    if (this.#kind !== 'online') this.#listener.report('online')
    this.#kind = 'online'
    this.#listener.changed()
  }

  /** What is known of the newest policy is no fault of an outage. */
  reportPolicy(): void {
    if (this.refused !== this.#reported && this.refused !== null) {
      this.#listener.report(`the last good policy stays in force: ${this.refused}`)
    }
    this.#reported = this.refused
  }

  /** An exchange failed. `first`: for the first time in a row; a platform that was online may only lack its policy. */
  failed(why: string, { first, policyOnly }: { first: boolean; policyOnly: boolean }): void {
    const online = this.#kind === 'online'
    const lost = !first || !policyOnly
    if (online ? lost : first) this.#listener.report(`offline: ${why}`)
    if (online && lost) this.#kind = 'offline'
    this.#listener.changed()
  }

  revoked(): void {
    if (this.#kind !== 'revoked') this.#listener.report('the gate was revoked')
    this.#kind = 'revoked'
    this.#listener.changed()
  }
}
