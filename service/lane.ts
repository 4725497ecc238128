import type { Misread } from '../contract/api.ts'
import type { LaneSettings } from '../contract/settings.ts'
import type { Lane as LaneState, ReaderState, Screen } from '../contract/state.ts'
import type { PlatformClock } from '../sync/clock.ts'
import type { EnrolResult } from '../sync/enrolment.ts'
import type { EnrolmentCode } from '../sync/enrolment-code.ts'
import type { EnrolCode, PersonalCode } from './credentials/credential.ts'
import { readCredential } from './credentials/index.ts'
import { Debounce } from './debounce.ts'
import type { Log } from './log.ts'
import type { LaneOutputs } from './outputs.ts'
import { forPage } from './page-devices.ts'
import { toPersonal } from './personal.ts'
import { decide, type Passage } from './rules/decide.ts'
import { isVerified } from './rules/fault.ts'
import { LaneScreen, type Shown, verdictOf } from './screen.ts'
import type { Site } from './site.ts'
import { isStorageFault } from './store/fault.ts'
import type { KnownPerson } from './store/people.ts'
import type { Stored, VisitDraft } from './store/row.ts'
import type { VisitLog } from './store/visits.ts'
import { toRfc3339 } from './time.ts'

/** What a lane needs of the service around it. */
export type LaneContext = {
  readonly visits: Pick<VisitLog, 'append' | 'person' | 'lastPassage'>
  readonly clock: PlatformClock
  readonly log: Log
  readonly outputs: Pick<LaneOutputs, 'signal' | 'states'>
  site(): Site
  /** Joins the platform that the code names; null: the gate has one, and the code is nothing to it. */
  enrol(code: EnrolmentCode, name: string): Promise<EnrolResult> | null
  /** Its state changed. */
  changed(): void
  /** A visit is on disk. */
  stored(visit: Stored<VisitDraft>): void
  /** The disk or the database refused a visit. */
  cannotStore(error: Error): void
}

type Reading = { readonly reader: string; readonly simulated: boolean; readonly bytes: Uint8Array }

/** One lane: takes readings one by one, from bytes to the verdict on the screen. */
export class Lane {
  readonly #settings: LaneSettings
  readonly #context: LaneContext
  readonly #debounce = new Debounce()
  readonly #readers = new Map<string, ReaderState>()
  #wasOpen = false
  #cannotStore = false
  #stopped = false
  readonly #screen = new LaneScreen(() => this.#changed())
  #queue: Promise<void> = Promise.resolve()

  constructor(settings: LaneSettings, context: LaneContext) {
    this.#settings = settings
    this.#context = context
    for (const { id } of settings.readers) this.#readers.set(id, { kind: 'absent' })
  }

  get state(): LaneState {
    const { id, name, direction, readers } = this.#settings
    const states = readers.map((of) => {
      return { id: of.id, driver: of.driver, state: this.#readerState(of.id), ...forPage(of) }
    })
    const outputs = this.#context.outputs.states((reader) => this.#readerState(reader))
    return { id, name, direction, screen: this.#shows(), readers: states, outputs }
  }

  /** Takes one message of a reader; settles when it was answered. Readings are answered in the order they came. */
  read(reader: string, bytes: Uint8Array): Promise<void> {
    if (this.#debounce.isHeld(bytes, performance.now())) return Promise.resolve()
    const simulated = this.#settings.readers.some(({ id, driver }) => id === reader && inventsPeople(driver))
    this.#queue = this.#queue.then(() => this.#answer({ reader, simulated, bytes }))
    return this.#queue
  }

  /** The reader sent something that cannot be the code it read. */
  misread(reader: string, why: Misread): void {
    this.#context.log.warn({ lane: this.#settings.id, reader, why }, 'the reader sent what cannot be the code it read')
    this.#screen.show({ kind: 'retry' })
  }

  readerState(reader: string, state: ReaderState): void {
    this.#context.log.info({ lane: this.#settings.id, reader, state }, 'reader')
    this.#readers.set(reader, state)
    this.#wasOpen ||= state.kind === 'open'
    this.#changed()
  }

  /** Settles when every reading was answered. */
  async stop(): Promise<void> {
    this.#stopped = true
    // What went wrong in a reading was reported to whoever brought it.
    await Promise.allSettled([this.#queue])
    this.#screen.stop()
  }

  async #answer(reading: Reading): Promise<void> {
    try {
      await this.#decide(reading)
    } catch (error) {
      if (!isStorageFault(error)) throw error
      // Nobody is let through without a record.
      this.#cannotStore = true
      this.#debounce.forget()
      this.#context.log.error({ lane: this.#settings.id, err: error }, 'the visit cannot be stored')
      this.#context.cannotStore(error)
      this.#screen.hide()
    }
  }

  async #decide({ reader, simulated, bytes }: Reading): Promise<void> {
    const site = this.#context.site()
    const now = this.#context.clock.now()
    const settings = this.#settings.readers.find(({ id }) => id === reader)
    const byCamera = settings?.driver === 'camera'
    const credential = readCredential(bytes, { trust: site.trust, now }, byCamera ? undefined : settings)
    if (credential.check === 'enrolment' && this.#enrol(credential)) return
    const read = {
      at: toRfc3339(now, site.timeZone),
      clock: this.#context.clock.stamp(),
      gate: site.gate.id,
      lane: this.#settings.id,
      reader,
      method: byCamera ? ('camera' as const) : ('reader' as const),
      credential: { kind: credential.kind, verified: isVerified(credential, site.rules.revoked, now.getTime()) },
      operator: null,
      ...(simulated ? { simulated: true as const } : {}),
    }
    const personal = toPersonal(credential, site.sealTo)
    const visit = await this.#context.visits.append(() => {
      const person = 'person' in credential ? this.#known(credential, site) : null
      const passage = this.#passage(person, simulated)
      const decision = decide(credential, site.rules, this.#settings.direction, passage, now.getTime())
      const draft = { ...read, ...decision, personal: { ...personal, subject: person?.subject ?? null } }
      // What a code that is turned away, or made up, tells of a person is not believed.
      return { draft, person: decision.outcome === 'denied' || simulated ? null : person }
    })
    this.#cannotStore = false
    this.#context.stored(visit)
    // A gate must not open by itself for people who are made up.
    if (!simulated)
      this.#context.outputs.signal({ kind: 'verdict', outcome: visit.outcome, direction: visit.direction })
    this.#screen.show({ kind: 'verdict', verdict: verdictOf(visit, credential) })
  }

  #known({ person, proof }: PersonalCode, { subjectKey }: Site): KnownPerson {
    const told = person.subjects(subjectKey)
    const { documented } = person
    // What unsigned codes claim never says whose a proven one is.
    return proof === null
      ? this.#context.visits.person(told, documented)
      : { subject: told[0], documented, known: told }
  }

  #passage(person: KnownPerson | null, simulated: boolean): Passage | null {
    const visit = person === null ? undefined : this.#context.visits.lastPassage(person, simulated)
    if (visit === undefined) return null
    return { visit: visit.refers ?? visit.id, at: Date.parse(visit.at), direction: visit.direction }
  }

  /** False: the gate has a platform. Readings go on meanwhile: the platform may take its time to answer. */
  #enrol({ code }: EnrolCode): boolean {
    const { name, id } = this.#settings
    const joining = this.#context.enrol(code, name)
    if (joining === null) return false
    const enrolling: Shown = { kind: 'setup', step: 'enrolling', why: '' }
    this.#screen.show(enrolling)
    joining.then((result) => {
      if (this.#stopped) return
      this.#context.log.info({ lane: id, result: result.kind }, 'enrolment by a code at the reader')
      const why = result.kind === 'refused' ? result.why : ''
      this.#screen.showAfter({ kind: 'setup', step: result.kind, why }, enrolling)
    })
    return true
  }

  /** The screen may be another one. */
  #changed() {
    const { kind } = this.#shows()
    if (kind !== 'verdict') this.#context.outputs.signal({ kind: kind === 'fault' ? 'fault' : 'idle' })
    this.#context.changed()
  }

  #readerState(reader: string): ReaderState {
    return this.#readers.get(reader) ?? { kind: 'absent' }
  }

  #shows(): Screen {
    if (this.#cannotStore) return { kind: 'fault', fault: 'cannot-store' }
    if (this.#screen.shown !== null) return this.#screen.shown
    if ([...this.#readers.values()].some((state) => state.kind === 'open')) return { kind: 'idle' }
    return { kind: 'fault', fault: this.#wasOpen ? 'reader-lost' : 'no-reader' }
  }
}

/** Nobody stands before these: what they show must open no gate and count as no real visit. */
export function inventsPeople(driver: string): boolean {
  return driver === 'simulator' || driver === 'replay'
}
