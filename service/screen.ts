import type { ReadingOutcome, Reason } from '../contract/outcome.ts'
import type { Screen, Verdict } from '../contract/state.ts'
import type { Credential } from './credentials/credential.ts'
import type { Stored, VisitDraft } from './store/row.ts'

const shownMs = { admitted: 1200, warned: 2500, denied: 3000, retry: 2000, setup: 8000 } as const

/** Longer than the platform may take to answer. */
const enrolWithinMs = 20_000

/** What a reading puts on the screen for a while. */
export type Shown = Extract<Screen, { kind: 'verdict' | 'retry' | 'setup' }>

/** What a lane shows for a while, and for how long. */
export class LaneScreen {
  readonly #changed: () => void
  #shown: Shown | null = null
  /** What comes when the answer on the screen has been read. */
  #next: Shown | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get shown(): Shown | null {
    return this.#shown
  }

  show(screen: Shown): void {
    clearTimeout(this.#timer)
    this.#shown = screen
    this.#timer = setTimeout(() => this.hide(), durationMs(screen))
    this.#changed()
  }

  /** Shows this after what somebody else may be reading now, and at once in the place of `replaced`. */
  showAfter(screen: Shown, replaced: Shown): void {
    this.#next = screen
    if (this.#shown === replaced || this.#shown === null) this.hide()
  }

  hide(): void {
    clearTimeout(this.#timer)
    this.#shown = null
    const next = this.#next
    this.#next = null
    if (next !== null) this.show(next)
    else this.#changed()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

function durationMs(screen: Shown): number {
  switch (screen.kind) {
    case 'verdict':
      return shownMs[screen.verdict.outcome]
    case 'retry':
      return shownMs.retry
    case 'setup':
      return screen.step === 'enrolling' ? enrolWithinMs : shownMs.setup
  }
}

/** A visit whose outcome a reading can have. */
export type ReadingDraft = VisitDraft & { outcome: ReadingOutcome; reason: Reason }

/** What the screen says of a stored visit. */
export function verdictOf(visit: Stored<ReadingDraft>, from: Credential): Verdict {
  const { seq, id, direction, outcome, reason, credential, personal, at } = visit
  return {
    visit: { seq, id },
    direction,
    outcome,
    reason,
    credential: { ...credential, ...named(from) },
    masked: personal.masked,
    at,
  }
}

/** What the screen needs to name the code by. */
function named(credential: Credential): Pick<Verdict['credential'], 'label' | 'variant'> {
  if ('label' in credential && credential.label !== undefined) return { label: credential.label }
  return 'variant' in credential && credential.variant !== undefined ? { variant: credential.variant } : {}
}
