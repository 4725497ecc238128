import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../contract/settings.ts'
import type { State } from '../contract/state.ts'
import type { Claim } from '../drivers/claim.ts'
import { listDevices } from '../drivers/discovery/index.ts'
import { outputDrivers } from '../drivers/outputs/index.ts'
import { type ReaderListener, readerClaim } from '../drivers/readers/claim.ts'
import type { OpenReader, ReaderSignal } from '../drivers/readers/driver.ts'
import { readerDrivers } from '../drivers/readers/index.ts'
import { Supervisor } from '../drivers/supervisor.ts'
import { PlatformClock } from '../sync/clock.ts'
import type { EnrolmentCode } from '../sync/enrolment-code.ts'
import { heardTimeIn } from '../sync/heard-time.ts'
import type { Health } from '../sync/protocol.ts'
import { openVault, type Vault } from './custody.ts'
import { type Noted, takeCustody } from './custody-start.ts'
import { inventsPeople, Lane } from './lane.ts'
import type { Log } from './log.ts'
import { LaneOutputs } from './outputs.ts'
import { isOfPage, PageDevices, type PageEvents } from './page-devices.ts'
import { PlatformLink } from './platform-link.ts'
import { RetentionJob } from './retention.ts'
import { roleClaim } from './role-claim.ts'
import { Roles } from './roles.ts'
import { ownSubjectKey } from './secrets.ts'
import { Latest } from './state.ts'
import { isDamage } from './store/fault.ts'
import { Store } from './store/index.ts'
import { lockFolder } from './store/lock.ts'
import { software } from './version.ts'

/** What hangs while a service stops is cut off after this: every visit shown is on disk already. */
export const stopWithinMs = 1500

type Folder = {
  dir: string
  store: Store
  vault: Vault
  custody: readonly Noted[]
  subjectKey: Uint8Array
  roles: Roles
  release(): void
}

/** The gate at work: readers, lanes, store and the exchange with the platform. */
export class Service {
  readonly state: Latest<State>
  readonly pageDevices: PageDevices
  readonly #folder: Folder
  readonly #settings: Settings
  readonly #log: Log
  readonly #clock: PlatformClock
  readonly #link: PlatformLink
  readonly #lanes: Lane[]
  readonly #retention: RetentionJob
  readonly #readers: readonly Claim<OpenReader>[]
  readonly #supervisor: Supervisor

  /** A string says why the gate cannot work with this data folder. */
  static async start(dir: string, settings: Settings, log: Log, vault: Vault = openVault()): Promise<Service | string> {
    const folder = openFolder(dir, vault)
    if (typeof folder === 'string') return folder
    for (const { level, what } of folder.custody) log[level](what)
    for (const found of folder.store.report) log.error(found)
    const service = new Service(folder, settings, log)
    await service.#link.start()
    await service.#supervisor.start()
    service.#retention.start()
    return service
  }

  private constructor(folder: Folder, settings: Settings, log: Log) {
    this.#folder = folder
    this.#settings = settings
    this.#log = log
    this.#clock = new PlatformClock({ heard: heardTimeIn(join(folder.dir, 'heard-time')) })
    this.state = new Latest(() => this.#state())
    this.#link = new PlatformLink({
      ...folder,
      clock: this.#clock,
      log,
      health: () => this.#health(),
      changed: () => this.state.changed(),
      told: (platformTime) => void this.#retention.run(platformTime),
      cannotStore: (error) => this.#cannotStore(error),
    })
    const { store } = folder
    this.#retention = new RetentionJob({ store, clock: this.#clock, log, days: () => this.#link.site.retentionDays })
    const outputs = settings.lanes.map((lane) => new LaneOutputs(lane, this.#outputsContext()))
    this.#lanes = outputs.map((of) => new Lane(of.lane, { ...this.#laneContext(), outputs: of }))
    const on = this.#readerEvents()
    this.pageDevices = new PageDevices(settings.lanes, {
      ...on,
      state: (device, state) => {
        const output = outputs.find((of) => of.lane.outputs.some(({ id }) => id === device))
        if (output === undefined) on.state(device, state)
        else output.report(device, state)
      },
    })
    const readers = settings.lanes.flatMap((lane) => lane.readers.filter((reader) => !isOfPage(reader)))
    const { roles } = folder
    const uses = [...readers, ...settings.lanes.flatMap((lane) => lane.outputs)]
    const list = () => listDevices(uses)
    this.#readers = readers.map((reader) => readerClaim(reader, roles.drivers(readerDrivers), on))
    const finding = roleClaim({ readers, drivers: readerDrivers, roles, log, list })
    const claims = [...this.#readers, ...outputs.flatMap((of) => of.claims), finding]
    this.#supervisor = new Supervisor(claims, list)
  }

  get lanes(): string[] {
    return this.#settings.lanes.map(({ id }) => id)
  }

  async stop(): Promise<void> {
    this.pageDevices.stop()
    await this.#supervisor.stop()
    await Promise.all(this.#lanes.map((lane) => lane.stop()))
    await this.#link.stop()
    await this.#retention.stop()
    this.#folder.store.close()
    this.#folder.release()
  }

  #laneContext() {
    return {
      visits: this.#folder.store.visits,
      clock: this.#clock,
      log: this.#log,
      site: () => this.#link.site,
      enrol: (code: EnrolmentCode, name: string) => this.#link.enrol(code, name),
      changed: () => this.state.changed(),
      stored: () => this.#link.wake(),
      cannotStore: (error: Error) => this.#cannotStore(error),
    }
  }

  /** A damaged database is noted, and the service ends: whoever started it starts it again, and the start sets it aside. */
  #cannotStore(error: Error) {
    if (!isDamage(error) || !this.#folder.store.condemn(error.message)) return
    setImmediate(() => {
      throw new Error('the database is damaged: the service has to start anew', { cause: error })
    })
  }

  #outputsContext() {
    return {
      drivers: outputDrivers,
      log: this.#log,
      signalReader: (reader: string, signal: ReaderSignal) => this.#signalReader(reader, signal),
      changed: () => this.state.changed(),
    }
  }

  #signalReader(reader: string, signal: ReaderSignal) {
    for (const port of this.#readers.find(({ id }) => id === reader)?.ports ?? []) {
      port.signal?.(signal).catch((error) => this.#log.warn({ reader, err: error }, 'the reader cannot be signalled'))
    }
  }

  #readerEvents(): ReaderListener & Pick<PageEvents, 'misread'> {
    const byReader = new Map<string, Lane>()
    for (const [i, lane] of this.#lanes.entries()) {
      for (const { id } of this.#settings.lanes[i]?.readers ?? []) byReader.set(id, lane)
    }
    return {
      reading: async (reader, bytes) => byReader.get(reader)?.read(reader, bytes),
      overlong: (reader) => byReader.get(reader)?.misread(reader, 'overlong'),
      misread: (reader, why) => byReader.get(reader)?.misread(reader, why),
      state: (reader, state) => {
        this.#folder.roles.state(reader, state)
        byReader.get(reader)?.readerState(reader, state)
      },
    }
  }

  #state(): State {
    const { name, gate, timeZone, expiresAt } = this.#link.site
    const lanes = this.#lanes.map((lane) => lane.state)
    const expired = expiresAt !== null && Date.parse(expiresAt) < this.#clock.now().getTime()
    return {
      site: name,
      gate: gate.name,
      timeZone,
      simulated: lanes.some((lane) => lane.readers.some(({ driver }) => inventsPeople(driver))),
      sync: this.#link.state,
      policyExpired: expired ? expiresAt : null,
      damaged: this.#folder.store.damaged,
      lanes,
    }
  }

  #health(): Health {
    const { dir, store, vault } = this.#folder
    const clock = this.#clock.stamp()
    const disk = statfsSync(dir)
    return {
      at: this.#clock.now().toISOString(),
      software,
      policyVersion: this.#link.site.policyVersion,
      queue: {
        waiting: store.waiting(),
        oldest: store.oldestWaiting()?.at ?? null,
        refused: store.exchange.rejectedCount(),
      },
      readers: this.#lanes.flatMap((lane) =>
        lane.state.readers.map(({ id, driver, state }) => ({ id, driver, state: state.kind })),
      ),
      disk: { freeBytes: disk.bavail * disk.bsize },
      damaged: store.damaged,
      keys: { backend: vault.backend },
      clock,
      uptimeMs: clock.upMs,
    }
  }
}

/** Takes the data folder for this process. A string says why it cannot be had. */
function openFolder(dir: string, vault: Vault): Folder | string {
  // What the gate holds of people is for its own user alone.
  process.umask(0o077)
  const unusable = makeFolder(dir)
  if (unusable !== null) return unusable
  const lock = lockFolder(dir)
  if (lock.kind === 'taken') return `another service works with ${dir}`
  if (lock.kind === 'refused') return lock.why
  const custody = takeCustody(dir, vault)
  const subjectKey = ownSubjectKey(dir, vault)
  const roles = Roles.open(dir)
  const store = Store.open(dir, 'write')
  if (subjectKey !== null && typeof roles !== 'string' && typeof store !== 'string')
    return { dir, store, vault, custody, subjectKey, roles, release: lock.release }
  if (typeof store !== 'string') store.close()
  lock.release()
  if (typeof store === 'string') return store
  return typeof roles === 'string' ? roles : `${dir}/subject.key is damaged: put its backup back`
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
