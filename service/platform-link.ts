import type { SyncState } from '../contract/state.ts'
import { SyncAgent } from '../sync/agent.ts'
import type { PlatformClock } from '../sync/clock.ts'
import type { Enrolment, EnrolResult } from '../sync/enrolment.ts'
import type { EnrolmentCode } from '../sync/enrolment-code.ts'
import { openPolicy } from '../sync/policy.ts'
import type { Health, Policy } from '../sync/protocol.ts'
import type { Outbox } from '../sync/uploader.ts'
import type { Vault } from './custody.ts'
import { takeCustody } from './custody-start.ts'
import { enrolFolder } from './enrolment.ts'
import { takeReceipts } from './export/receipts.ts'
import type { Log } from './log.ts'
import { canSeal } from './personal.ts'
import { readEnrolment } from './secrets.ts'
import { builtInSite, listsOf, type Site, siteOf, unenforced } from './site.ts'
import { isStorageFault } from './store/fault.ts'
import type { Store } from './store/index.ts'
import { Lists } from './store/lists.ts'
import { readTrust, trustChangedAt } from './trust-file.ts'

const enrolmentEveryMs = 1000
const folderEveryMs = 2000

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
  readonly vault: Vault
  readonly subjectKey: Uint8Array
  health(): Health
  /** The site or the standing with the platform changed. */
  changed(): void
  /** What time it is at the platform, by receipts that were brought. */
  told(platformTime: Date): void
  /** The disk or the database refused. */
  cannotStore(error: Error): void
}

/** What binds the gate to its platform: the enrolment, the policy in force, and the exchange that keeps both in step. */
export class PlatformLink {
  readonly #context: LinkContext
  #site: Site
  #policy: Policy | null = null
  readonly #lists: Lists
  #agent: SyncAgent | null = null
  #timer: NodeJS.Timeout | undefined
  #enrolling = false
  #stopped = false
  #trust: { at: number; dcc: readonly unknown[] } = { at: 0, dcc: [] }
  #receiptsRefused = ''
  readonly #startedAt = performance.now()

  constructor(context: LinkContext) {
    this.#context = context
    this.#site = builtInSite(context.subjectKey)
    this.#lists = new Lists(context.dir, 'use', (what) => context.log.error(what))
  }

  /** What is in force at this gate now. */
  get site(): Site {
    return this.#site
  }

  get state(): SyncState {
    return this.#agent?.state ?? { kind: 'not-enrolled', waiting: this.#context.store.waiting() }
  }

  /** Joins the platform, now or as soon as another process has enrolled the gate. */
  async start(complaint = ''): Promise<void> {
    const kept = readEnrolment(this.#context.dir, this.#context.vault)
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
    const { dir, store, vault } = this.#context
    if (this.#agent !== null) return null
    if (performance.now() - this.#startedAt > enrolByReaderMs) {
      return Promise.resolve({ kind: 'refused', why: 'start the gate anew and show the code within 15 minutes' })
    }
    if (this.#enrolling) return Promise.resolve({ kind: 'refused', why: 'another code is being tried' })
    const boundTo = store.exchange.device()
    this.#enrolling = true
    return enrolFolder(dir, boundTo, code, name, vault).finally(() => {
      this.#enrolling = false
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#lists.close()
    await this.#agent?.stop()
  }

  /** Null: joined. A string says why not. */
  async #join(enrolment: Enrolment): Promise<string | null> {
    const { dir, store, vault, clock, log, health, changed } = this.#context
    const bound = this.#guarded('the enrolment', () => store.exchange.claim(enrolment.deviceId))
    if (bound === null) return 'the enrolment cannot be stored'
    if (!bound) return `these visits belong to ${store.exchange.device()}: enrol a new data folder instead`
    // A command beside the service may have enrolled the gate without its key.
    for (const { level, what } of takeCustody(dir, vault)) log[level](what)
    const kept = store.exchange.policy()
    const opened = kept === undefined ? null : await openPolicy(kept.jws, enrolment.signingKey)
    await this.#readTrust(enrolment)
    if (this.#stopped) return null
    if (opened?.kind === 'good') this.#enforce(opened.value)
    const outboxes = this.#outboxes(enrolment.deviceId)
    this.#agent = new SyncAgent(enrolment, {
      outboxes: () => outboxes,
      clock,
      lists: this.#lists,
      policyVersion: () => this.#site.policyVersion,
      adopt: (policy, jws) => this.#adopt(policy, jws),
      purge: () => this.#purge(),
      health,
      changed,
      report: (what) => log.info({ device: enrolment.deviceId }, `platform: ${what}`),
    })
    this.#agent.start()
    this.#watchFolder(enrolment, outboxes)
    changed()
    return null
  }

  /** What there is to send, the kept logs first: those that the platform knows under another device are not its business. */
  #outboxes(device: string): Outbox[] {
    const { store, log, cannotStore } = this.#context
    const onFault = (error: Error) => {
      log.error({ err: error }, 'the visits cannot be read for the upload')
      cannotStore(error)
    }
    const own = store.kept.filter((kept) => {
      const claimed = this.#guarded('the enrolment', () => kept.exchange.claim(device))
      if (claimed === false)
        log.error(
          { log: kept.exchange.log().id, device: kept.exchange.device() },
          'a kept log belongs to another device',
        )
      return claimed === true
    })
    return [...own, store].map((each) => each.outbox(onFault))
  }

  /** A bundle and the platform's receipts may be brought to a gate at work. */
  #watchFolder(enrolment: Enrolment, outboxes: readonly Outbox[]) {
    this.#timer = setTimeout(async () => {
      if (trustChangedAt(this.#context.dir) !== this.#trust.at) {
        await this.#readTrust(enrolment)
        if (this.#policy !== null) this.#enforce(this.#policy)
      }
      await this.#takeReceipts(enrolment, outboxes)
      if (!this.#stopped) this.#watchFolder(enrolment, outboxes)
    }, folderEveryMs)
  }

  async #takeReceipts(enrolment: Enrolment, outboxes: readonly Outbox[]): Promise<void> {
    const { dir, log, told, changed } = this.#context
    const taken = await takeReceipts(dir, enrolment, outboxes)
    switch (taken.kind) {
      case 'none':
        return
      case 'taken':
        log.info({ at: taken.at }, 'receipts that were brought are in force')
        told(taken.at)
        this.#receiptsRefused = ''
        return changed()
      case 'refused':
        if (taken.why !== this.#receiptsRefused)
          log.error({ why: taken.why }, 'the receipts that were brought cannot be used')
        this.#receiptsRefused = taken.why
    }
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
    this.#lists.want(listsOf(policy))
    const { site, faults } = siteOf(policy, this.#trust.dcc, this.#lists)
    ;[this.#policy, this.#site] = [policy, site]
    const { log } = this.#context
    if (faults.length > 0) log.warn({ version: policy.version, faults: faults.slice(0, 20) }, 'left out of the policy')
  }

  async #adopt(policy: Policy, jws: string): Promise<string | null> {
    const { store, log, changed } = this.#context
    if (policy.sealTo !== null && !canSeal(policy.sealTo)) return 'nothing can be sealed to its key'
    await this.#lists.seed(this.#policy?.revoked.cti ?? [], policy.revoked.cti)
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
    this.#lists.want([])
    const purged = this.#guarded('the purge', () => {
      store.exchange.dropPolicy()
      return store.purge()
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
