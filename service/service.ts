import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs'
import type { Settings } from '../contract/settings.ts'
import type { State } from '../contract/state.ts'
import { listDevices } from '../drivers/discovery.ts'
import { readerDrivers } from '../drivers/readers/index.ts'
import { ReaderSupervisor } from '../drivers/readers/supervisor.ts'
import { SyncAgent } from '../sync/agent.ts'
import { PlatformClock } from '../sync/clock.ts'
import type { Enrolment } from '../sync/enrolment.ts'
import { openPolicy } from '../sync/policy.ts'
import type { Health, Policy } from '../sync/protocol.ts'
import { Lane } from './lane.ts'
import type { Log } from './log.ts'
import { canSeal } from './personal.ts'
import { ownSubjectKey, readEnrolment } from './secrets.ts'
import { builtInSite, type Site, siteOf } from './site.ts'
import { Latest } from './state.ts'
import { Store } from './store/index.ts'
import { lockFolder } from './store/lock.ts'
import { software } from './version.ts'

const enrolmentEveryMs = 1000

/** The gate at work: readers, lanes, store and the exchange with the platform. */
export class Service {
  readonly state: Latest<State>
  readonly #dir: string
  readonly #settings: Settings
  readonly #log: Log
  readonly #store: Store
  readonly #release: () => void
  readonly #clock = new PlatformClock()
  readonly #lanes: Lane[]
  readonly #supervisor: ReaderSupervisor
  #site: Site
  #agent: SyncAgent | null = null
  #enrolmentTimer: NodeJS.Timeout | undefined

  /** A string says why the gate cannot work with this data folder. */
  static async start(dir: string, settings: Settings, log: Log): Promise<Service | string> {
    const unusable = makeFolder(dir)
    if (unusable !== null) return unusable
    const lock = lockFolder(dir)
    if (lock.kind === 'taken') return `another service works with ${dir}`
    const store = Store.open(dir, 'write')
    if (typeof store === 'string') {
      lock.release()
      return store
    }
    const service = new Service({ dir, settings, log, store, release: lock.release })
    await service.#begin()
    return service
  }

  private constructor(parts: { dir: string; settings: Settings; log: Log; store: Store; release: () => void }) {
    this.#dir = parts.dir
    this.#settings = parts.settings
    this.#log = parts.log
    this.#store = parts.store
    this.#release = parts.release
    this.#site = builtInSite(ownSubjectKey(parts.dir))
    this.state = new Latest(() => this.#state())
    this.#lanes = parts.settings.lanes.map((lane) => new Lane(lane, this.#laneContext()))
    this.#supervisor = this.#supervise()
  }

  get lanes(): string[] {
    return this.#settings.lanes.map(({ id }) => id)
  }

  async stop(): Promise<void> {
    clearTimeout(this.#enrolmentTimer)
    await this.#supervisor.stop()
    await Promise.all(this.#lanes.map((lane) => lane.stop()))
    await this.#agent?.stop()
    this.#store.close()
    this.#release()
  }

  async #begin() {
    await this.#lookForEnrolment()
    await this.#supervisor.start()
  }

  #laneContext() {
    return {
      visits: this.#store.visits,
      clock: this.#clock,
      log: this.#log,
      site: () => this.#site,
      changed: (visit?: unknown) => {
        this.state.changed()
        if (visit !== undefined) this.#agent?.wake()
      },
    }
  }

  #supervise(): ReaderSupervisor {
    const byReader = new Map<string, Lane>()
    for (const [i, lane] of this.#lanes.entries()) {
      for (const { id } of this.#settings.lanes[i]?.readers ?? []) byReader.set(id, lane)
    }
    const readers = this.#settings.lanes.flatMap((lane) => lane.readers)
    return new ReaderSupervisor(readers, readerDrivers, listDevices, {
      reading: async (reader, bytes) => byReader.get(reader)?.read(reader, bytes),
      overlong: (reader) => byReader.get(reader)?.overlong(reader),
      state: (reader, state) => byReader.get(reader)?.readerState(reader, state),
    })
  }

  /** The gate may be enrolled by another process while it works. */
  async #lookForEnrolment(complaint = '') {
    const kept = readEnrolment(this.#dir)
    if (kept.kind === 'enrolled') return this.#join(kept.enrolment)
    const why = kept.kind === 'damaged' ? kept.why : ''
    if (why !== '' && why !== complaint) this.#log.error(why)
    this.#enrolmentTimer = setTimeout(() => this.#lookForEnrolment(why), enrolmentEveryMs)
  }

  async #join(enrolment: Enrolment) {
    const kept = this.#store.exchange.policy()
    const policy = kept === undefined ? null : await openPolicy(kept.jws, enrolment.signingKey)
    if (policy !== null) this.#site = siteOf(policy)
    this.#agent = new SyncAgent(enrolment, {
      outbox: this.#store.outbox(),
      clock: this.#clock,
      policyVersion: () => this.#site.policyVersion,
      adopt: (fresh, jws) => this.#adopt(fresh, jws),
      purge: () => this.#purge(),
      health: () => this.#health(),
      changed: () => this.state.changed(),
      report: (what) => this.#log.info({ device: enrolment.deviceId }, `platform: ${what}`),
    })
    this.#agent.start()
    this.state.changed()
  }

  async #adopt(policy: Policy, jws: string) {
    if (policy.sealTo !== null && !(await canSeal(policy.sealTo))) {
      this.#log.error({ version: policy.version }, 'policy refused: nothing can be sealed to its key')
      return
    }
    this.#store.exchange.keepPolicy(policy.version, jws)
    this.#site = siteOf(policy)
    this.#log.info({ version: policy.version }, 'policy in force')
    this.state.changed()
  }

  #purge() {
    this.#store.visits.purgePersonal()
    this.#log.warn('the platform revoked the gate and had its personal data dropped')
  }

  #state(): State {
    const { name, gate, timeZone, expiresAt } = this.#site
    const lanes = this.#lanes.map((lane) => lane.state)
    const expired = expiresAt !== null && Date.parse(expiresAt) < this.#clock.now().getTime()
    return {
      site: name,
      gate: gate.name,
      timeZone,
      simulated: lanes.some((lane) => lane.readers.some((reader) => reader.driver === 'simulator')),
      sync: this.#agent?.state ?? { kind: 'not-enrolled', waiting: this.#store.visits.last() },
      policyExpired: expired ? expiresAt : null,
      lanes,
    }
  }

  #health(): Health {
    const { acked } = this.#store.exchange.log()
    const last = this.#store.visits.last()
    const [oldest] = this.#store.visits.read(acked + 1, 1)
    const clock = this.#clock.stamp()
    const disk = statfsSync(this.#dir)
    return {
      at: this.#clock.now().toISOString(),
      software,
      policyVersion: this.#site.policyVersion,
      queue: {
        waiting: last - acked,
        oldest: oldest?.at ?? null,
        refused: this.#store.exchange.rejected(1, last).length,
      },
      readers: this.#lanes.flatMap((lane) =>
        lane.state.readers.map(({ id, driver, state }) => ({ id, driver, state: state.kind })),
      ),
      disk: { freeBytes: disk.bavail * disk.bsize },
      clock,
      uptimeMs: clock.upMs,
    }
  }
}

/** Null: the data folder is there and can be written to. */
function makeFolder(dir: string): string | null {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    accessSync(dir, constants.W_OK)
    return null
  } catch (error) {
    return `the data folder cannot be used: ${error instanceof Error ? error.message : String(error)}`
  }
}
