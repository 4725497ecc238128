import type { Misread } from '../contract/api.ts'
import type { LaneSettings } from '../contract/settings.ts'
import type { Lane as LaneState, ReaderState, Screen, Verdict } from '../contract/state.ts'
import type { PlatformClock } from '../sync/clock.ts'
import type { EnrolResult } from '../sync/enrolment.ts'
import type { EnrolmentCode } from '../sync/enrolment-code.ts'
import type { Visit } from '../sync/protocol.ts'
import type { Credential, EnrolCode, PersonalCode } from './credentials/credential.ts'
import { readCredential } from './credentials/index.ts'
import { Debounce } from './debounce.ts'
import type { Log } from './log.ts'
import type { LaneOutputs } from './outputs.ts'
import { forPage } from './page-devices.ts'
import { toPersonal } from './personal.ts'
import { type Decision, decide, type Passage } from './rules/decide.ts'
import { isVerified } from './rules/fault.ts'
import type { Site } from './site.ts'
import type { KnownPerson } from './store/people.ts'
import { isStorageFault, type VisitLog } from './store/visits.ts'
import { toRfc3339 } from './time.ts'

const shownMs = { admitted: 1200, warned: 2500, denied: 3000, retry: 2000, setup: 8000 } as const

/** Longer than the platform may take to answer. */
const enrolWithinMs = 20_000

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
  stored(visit: Visit): void
}

type Reading = { readonly reader: string; readonly simulated: boolean; readonly bytes: Uint8Array }

/** What a reading puts on the screen for a while. */
type Shown = Extract<Screen, { kind: 'verdict' | 'retry' | 'setup' }>

/** One lane: takes readings one by one, from bytes to the verdict on the screen. */
export class Lane {
  readonly #settings: LaneSettings
  readonly #context: LaneContext
  readonly #debounce = new Debounce()
  readonly #readers = new Map<string, ReaderState>()
  #wasOpen = false
  #cannotStore = false
  #stopped = false
  #shown: Shown | null = null
  /** What comes when the answer on the screen has been read. */
  #next: Shown | null = null
  #timer: NodeJS.Timeout | undefined
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
    return { id, name, direction, screen: this.#screen(), readers: states, outputs }
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
    this.#show({ kind: 'retry' }, shownMs.retry)
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
    clearTimeout(this.#timer)
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
      this.#hide()
    }
  }

  async #decide({ reader, simulated, bytes }: Reading): Promise<void> {
    const { clock, visits } = this.#context
    const site = this.#context.site()
    const now = clock.now()
    const settings = this.#settings.readers.find(({ id }) => id === reader)
    const credential = readCredential(
      bytes,
      { trust: site.trust, now },
      settings?.driver === 'camera' ? undefined : settings,
    )
    if (credential.check === 'enrolment' && this.#enrol(credential)) return
    const person = 'person' in credential ? this.#known(credential, site) : null
    const personal = await toPersonal(credential, person?.subject ?? null, site.sealTo)
    const { direction } = this.#settings
    const decision = decide(credential, site.rules, direction, this.#passage(person), now.getTime())
    const verified = isVerified(credential, site.rules.revoked, now.getTime())
    const draft = {
      at: toRfc3339(now, site.timeZone),
      clock: clock.stamp(),
      gate: site.gate.id,
      lane: this.#settings.id,
      reader,
      ...decision,
      method: settings?.driver === 'camera' ? ('camera' as const) : ('reader' as const),
      credential: { kind: credential.kind, verified },
      personal,
      operator: null,
      ...(simulated ? { simulated: true as const } : {}),
    }
    // What a code that is turned away tells of a person is not believed.
    const visit = visits.append(draft, decision.outcome === 'denied' ? null : person)
    this.#cannotStore = false
    this.#context.stored(visit)
    this.#signal(visit, decision, credential)
  }

  #known({ person, proof }: PersonalCode, { subjectKey }: Site): KnownPerson {
    const told = person.subjects(subjectKey)
    const { documented } = person
    // What unsigned codes claim never says whose a proven one is.
    return proof === null
      ? this.#context.visits.person(told, documented)
      : { subject: told[0], documented, known: told }
  }

  #passage(person: KnownPerson | null): Passage | null {
    const visit = person === null ? undefined : this.#context.visits.lastPassage(person)
    if (visit === undefined) return null
    return { visit: visit.refers ?? visit.id, at: Date.parse(visit.at), direction: visit.direction }
  }

  /** False: the gate has a platform. Readings go on meanwhile: the platform may take its time to answer. */
  #enrol({ code }: EnrolCode): boolean {
    const { name, id } = this.#settings
    const joining = this.#context.enrol(code, name)
    if (joining === null) return false
    const enrolling: Shown = { kind: 'setup', step: 'enrolling', why: '' }
    this.#show(enrolling, enrolWithinMs)
    joining.then((result) => {
      if (this.#stopped) return
      this.#context.log.info({ lane: id, result: result.kind }, 'enrolment by a code at the reader')
      const why = result.kind === 'refused' ? result.why : ''
      this.#next = { kind: 'setup', step: result.kind, why }
      // Somebody else may be reading their own answer now.
      if (this.#shown === enrolling || this.#shown === null) this.#hide()
    })
    return true
  }

  #signal(visit: Visit, { outcome, reason, direction }: Decision, from: Credential) {
    const { seq, id, at, credential } = visit
    const verdict: Verdict = {
      visit: { seq, id },
      direction,
      outcome,
      reason,
      credential: { ...credential, ...named(from) },
      masked: visit.personal?.masked ?? {},
      at,
    }
    // A gate must not open by itself for people who are made up.
    if (visit['simulated'] !== true) this.#context.outputs.signal({ kind: 'verdict', outcome, direction })
    this.#show({ kind: 'verdict', verdict }, shownMs[outcome])
  }

  #show(screen: Shown, forMs: number) {
    clearTimeout(this.#timer)
    this.#shown = screen
    this.#timer = setTimeout(() => this.#hide(), forMs)
    this.#changed()
  }

  #hide() {
    clearTimeout(this.#timer)
    this.#shown = null
    const next = this.#next
    this.#next = null
    if (next !== null) this.#show(next, shownMs.setup)
    else this.#changed()
  }

  /** The screen may be another one. */
  #changed() {
    const { kind } = this.#screen()
    if (kind !== 'verdict') this.#context.outputs.signal({ kind: kind === 'fault' ? 'fault' : 'idle' })
    this.#context.changed()
  }

  #readerState(reader: string): ReaderState {
    return this.#readers.get(reader) ?? { kind: 'absent' }
  }

  #screen(): Screen {
    if (this.#cannotStore) return { kind: 'fault', fault: 'cannot-store' }
    if (this.#shown !== null) return this.#shown
    if ([...this.#readers.values()].some((state) => state.kind === 'open')) return { kind: 'idle' }
    return { kind: 'fault', fault: this.#wasOpen ? 'reader-lost' : 'no-reader' }
  }
}

/** What the screen needs to name the code by. */
function named(credential: Credential): Pick<Verdict['credential'], 'label' | 'variant'> {
  if ('label' in credential && credential.label !== undefined) return { label: credential.label }
  return 'variant' in credential && credential.variant !== undefined ? { variant: credential.variant } : {}
}

/** Nobody stands before these: what they show must open no gate and count as no real visit. */
export function inventsPeople(driver: string): boolean {
  return driver === 'simulator' || driver === 'replay'
}
