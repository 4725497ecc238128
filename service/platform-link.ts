import type { SyncState } from '../contract/state.ts'
import { SyncAgent } from '../sync/agent.ts'
import type { PlatformClock } from '../sync/clock.ts'
import type { Enrolment, EnrolResult } from '../sync/enrolment.ts'
import type { EnrolmentCode } from '../sync/enrolment-code.ts'
import { openPolicy } from '../sync/policy.ts'
import type { Health, Policy } from '../sync/protocol.ts'
import { enrolFolder } from './enrolment.ts'
import type { Log } from './log.ts'
import { canSeal } from './personal.ts'
import { readEnrolment } from './secrets.ts'
import { builtInSite, type Site, siteOf, unenforced } from './site.ts'
import type { Store } from './store/index.ts'
import { isStorageFault } from './store/visits.ts'
import { readTrust, trustChangedAt } from './trust-file.ts'

const enrolmentEveryMs = 1000
const trustEveryMs = 2000

/**
 * How long after its start a gate without a platform takes one from a code at its reader. Later on anyone in front of an
 * unattended gate could make it theirs.
 */
const enrolByReaderMs = 15 * 60_000

export type LinkContext = {
  readonly dir: string
  readonly store: Store
  readonly clock: PlatformClock
  readonly log: Log
  readonly subjectKey: Uint8Array
  health(): Health
  /** The site or the standing with the platform changed. */
  changed(): void
}

/** What binds the gate to its platform: the enrolment, the policy in force, and the exchange that keeps both in step. */
export class PlatformLink {
  readonly #context: LinkContext
  #site: Site
  #policy: Policy | null = null
  #agent: SyncAgent | null = null
  #timer: NodeJS.Timeout | undefined
  #enrolling = false
  #stopped = false
  #trust: { at: number; dcc: readonly unknown[] } = { at: 0, dcc: [] }
  readonly #startedAt = performance.now()

  constructor(context: LinkContext) {
    this.#context = context
    this.#site = builtInSite(context.subjectKey)
  }

  /** What is in force at this gate now. */
  get site(): Site {
    return this.#site
  }

  get state(): SyncState {
    return this.#agent?.state ?? { kind: 'not-enrolled', waiting: this.#context.store.visits.last() }
  }

  /** Joins the platform, now or as soon as another process has enrolled the gate. */
  async start(complaint = ''): Promise<void> {
    const kept = readEnrolment(this.#context.dir)
    const why = kept.kind === 'enrolled' ? await this.#join(kept.enrolment) : kept.kind === 'damaged' ? kept.why : ''
    if (why === null || this.#stopped) return
    if (why !== '' && why !== complaint) this.#context.log.error(why)
    this.#timer = setTimeout(() => this.start(why), enrolmentEveryMs)
  }

  /** There is a new visit to send. */
  wake(): void {
    this.#agent?.wake()
  }

  /** Joins the platform that a code at the reader names; null: there is one already. */
  enrol(code: EnrolmentCode, name: string): Promise<EnrolResult> | null {
    const { dir, store } = this.#context
    if (this.#agent !== null) return null
    if (performance.now() - this.#startedAt > enrolByReaderMs) {
      return Promise.resolve({ kind: 'refused', why: 'start the gate anew and show the code within 15 minutes' })
    }
    if (this.#enrolling) return Promise.resolve({ kind: 'refused', why: 'another code is being tried' })
    const boundTo = store.exchange.device()
    this.#enrolling = true
    return enrolFolder(dir, boundTo, code, name).finally(() => {
      this.#enrolling = false
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#agent?.stop()
  }

  /** Null: joined. A string says why not. */
  async #join(enrolment: Enrolment): Promise<string | null> {
    const { store, clock, log, health, changed } = this.#context
    const bound = this.#guarded('the enrolment', () => store.exchange.claim(enrolment.deviceId))
    if (bound === null) return 'the enrolment cannot be stored'
    if (!bound) return `these visits belong to ${store.exchange.device()}: enrol a new data folder instead`
    const kept = store.exchange.policy()
    const opened = kept === undefined ? null : await openPolicy(kept.jws, enrolment.signingKey)
    await this.#readTrust(enrolment)
    if (this.#stopped) return null
    if (opened?.kind === 'good') this.#enforce(opened.value)
    this.#agent = new SyncAgent(enrolment, {
      outbox: store.outbox((error) => log.error({ err: error }, 'the visits cannot be read for the upload')),
      clock,
      policyVersion: () => this.#site.policyVersion,
      adopt: (policy, jws) => this.#adopt(policy, jws),
      purge: () => this.#purge(),
      health,
      changed,
      report: (what) => log.info({ device: enrolment.deviceId }, `platform: ${what}`),
    })
    this.#agent.start()
    this.#watchTrust(enrolment)
    changed()
    return null
  }

  /** A bundle may be brought to a gate at work. */
  #watchTrust(enrolment: Enrolment) {
    this.#timer = setTimeout(async () => {
      if (trustChangedAt(this.#context.dir) !== this.#trust.at) {
        await this.#readTrust(enrolment)
        if (this.#policy !== null) this.#enforce(this.#policy)
      }
      if (!this.#stopped) this.#watchTrust(enrolment)
    }, trustEveryMs)
  }

  async #readTrust({ signingKey }: Enrolment): Promise<void> {
    const { dir, log } = this.#context
    const at = trustChangedAt(dir)
    const kept = await readTrust(dir, signingKey)
    this.#trust = { at, dcc: kept.kind === 'good' ? kept.bundle.dcc : [] }
    if (kept.kind === 'refused') log.error({ why: kept.why }, 'the bundle of certificate keys cannot be used')
    if (kept.kind === 'good') {
      const { version, issuedAt, dcc } = kept.bundle
      log.info({ version, issuedAt, keys: dcc.length }, 'bundle of certificate keys in force')
    }
  }

  #enforce(policy: Policy) {
    const { site, faults } = siteOf(policy, this.#trust.dcc)
    this.#policy = policy
    this.#site = site
    const { log } = this.#context
    if (faults.length > 0) log.warn({ version: policy.version, faults: faults.slice(0, 20) }, 'left out of the policy')
  }

  async #adopt(policy: Policy, jws: string): Promise<string | null> {
    const { store, log, changed } = this.#context
    if (policy.sealTo !== null && !(await canSeal(policy.sealTo))) return 'nothing can be sealed to its key'
    // A policy that cannot be kept is in force all the same, until the next start.
    this.#guarded('the policy', () => store.exchange.keepPolicy(policy.version, jws))
    this.#enforce(policy)
    log.info({ version: policy.version }, 'policy in force')
    const open = unenforced(policy)
    if (open.length > 0)
      log.info({ version: policy.version, members: open }, 'the policy asks for more than this version does')
    changed()
    return null
  }

  #purge() {
    const { store, log, changed, subjectKey } = this.#context
    this.#policy = null
    this.#site = builtInSite(subjectKey)
    const purged = this.#guarded('the purge', () => {
      store.exchange.dropPolicy()
      return store.visits.purgePersonal()
    })
    log.warn({ complete: purged === true }, 'the platform revoked the gate and had its personal data dropped')
    changed()
  }

  /** Null: the disk or the file refused. The gate goes on; the lane shows it as soon as a visit cannot be stored. */
  #guarded<Value>(what: string, store: () => Value): Value | null {
    try {
      return store()
    } catch (error) {
      if (!isStorageFault(error)) throw error
      this.#context.log.error({ err: error }, `${what} cannot be stored`)
      return null
    }
  }
}
