import type { LaneSettings } from '../contract/settings.ts'
import type { Lane as LaneState, ReaderState, Screen, Verdict } from '../contract/state.ts'
import type { PlatformClock } from '../sync/clock.ts'
import type { Visit } from '../sync/protocol.ts'
import { readCredential } from './credentials/index.ts'
import { Debounce } from './debounce.ts'
import type { Log } from './log.ts'
import { toPersonal } from './personal.ts'
import { type Decision, decide, type Passage } from './rules/decide.ts'
import type { Site } from './site.ts'
import { isStorageFault, type VisitLog } from './store/visits.ts'
import { toRfc3339 } from './time.ts'

const shownMs = { admitted: 1200, warned: 2500, denied: 3000, retry: 2000 } as const

/** What a lane needs of the service around it. */
export type LaneContext = {
  readonly visits: Pick<VisitLog, 'append' | 'lastPassage'>
  readonly clock: PlatformClock
  readonly log: Log
  site(): Site
  /** Its state changed. */
  changed(): void
  /** A visit is on disk. */
  stored(visit: Visit): void
}

type Reading = { readonly reader: string; readonly simulated: boolean; readonly bytes: Uint8Array }

/** What a reading puts on the screen for a while. */
type Shown = Extract<Screen, { kind: 'verdict' | 'retry' }>

/** One lane: takes readings one by one, from bytes to the verdict on the screen. */
export class Lane {
  readonly #settings: LaneSettings
  readonly #context: LaneContext
  readonly #debounce = new Debounce()
  readonly #readers = new Map<string, ReaderState>()
  #wasOpen = false
  #cannotStore = false
  #shown: Shown | null = null
  #timer: NodeJS.Timeout | undefined
  #queue: Promise<void> = Promise.resolve()

  constructor(settings: LaneSettings, context: LaneContext) {
    this.#settings = settings
    this.#context = context
    for (const { id } of settings.readers) this.#readers.set(id, { kind: 'absent' })
  }

  get state(): LaneState {
    const { id, name, direction, readers } = this.#settings
    const states = readers.map((reader) => ({
      id: reader.id,
      driver: reader.driver,
      state: this.#readers.get(reader.id) ?? { kind: 'absent' as const },
    }))
    return { id, name, direction, screen: this.#screen(), readers: states }
  }

  /** Takes one message of a reader; settles when it was answered. Readings are answered in the order they came. */
  read(reader: string, bytes: Uint8Array): Promise<void> {
    if (this.#debounce.isHeld(bytes, performance.now())) return Promise.resolve()
    const simulated = this.#settings.readers.some(({ id, driver }) => id === reader && driver === 'simulator')
    this.#queue = this.#queue.then(() => this.#answer({ reader, simulated, bytes }))
    return this.#queue
  }

  /** The reader sent more than any code can hold. */
  overlong(reader: string): void {
    this.#context.log.warn({ lane: this.#settings.id, reader }, 'the reader sent a message longer than any code')
    this.#show({ kind: 'retry' }, shownMs.retry)
  }

  readerState(reader: string, state: ReaderState): void {
    this.#context.log.info({ lane: this.#settings.id, reader, state }, 'reader')
    this.#readers.set(reader, state)
    this.#wasOpen ||= state.kind === 'open'
    this.#context.changed()
  }

  /** Settles when every reading was answered. */
  async stop(): Promise<void> {
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
    const credential = readCredential(bytes, { issuers: site.issuers, now })
    const personal = await toPersonal(credential, site)
    const passage = this.#passage(personal.subject)
    const decision = decide(credential, site.rules, this.#settings.direction, passage, now.getTime())
    const visit = visits.append({
      at: toRfc3339(now, site.timeZone),
      clock: clock.stamp(),
      gate: site.gate.id,
      lane: this.#settings.id,
      reader,
      ...decision,
      method: 'reader',
      credential: { kind: credential.kind, verified: credential.kind === 'signed' && credential.check === 'good' },
      personal,
      operator: null,
      ...(simulated ? { simulated: true } : {}),
    })
    this.#cannotStore = false
    this.#context.stored(visit)
    this.#signal(visit, decision)
  }

  #passage(subject: string | null): Passage | null {
    const visit = subject === null ? undefined : this.#context.visits.lastPassage(subject)
    if (visit === undefined) return null
    return { visit: visit.refers ?? visit.id, at: Date.parse(visit.at), direction: visit.direction }
  }

  #signal(visit: Visit, { outcome, reason, direction }: Decision) {
    const { seq, id, at, credential } = visit
    const verdict: Verdict = {
      visit: { seq, id },
      direction,
      outcome,
      reason,
      credential,
      masked: visit.personal?.masked ?? {},
      at,
    }
    this.#show({ kind: 'verdict', verdict }, shownMs[outcome])
  }

  #show(screen: Shown, forMs: number) {
    clearTimeout(this.#timer)
    this.#shown = screen
    this.#timer = setTimeout(() => this.#hide(), forMs)
    this.#context.changed()
  }

  #hide() {
    clearTimeout(this.#timer)
    this.#shown = null
    this.#context.changed()
  }

  #screen(): Screen {
    if (this.#cannotStore) return { kind: 'fault', fault: 'cannot-store' }
    if (this.#shown !== null) return this.#shown
    if ([...this.#readers.values()].some((state) => state.kind === 'open')) return { kind: 'idle' }
    return { kind: 'fault', fault: this.#wasOpen ? 'reader-lost' : 'no-reader' }
  }
}
