import type { Direction, LaneDirection, ReadingOutcome } from '../contract/outcome.ts'
import type { Fault, Screen } from '../contract/state.ts'
import english from '../resources/translations/en.json' with { type: 'json' }
import vietnamese from '../resources/translations/vi.json' with { type: 'json' }

type Translations = typeof vietnamese
export type Key = keyof Translations
/** One text in the two languages of the screen. */
export interface Text {
  vi: string
  en: string
}

const vi: Translations = vietnamese
const en: Translations = english

/** The text under `key`, its `{members}` replaced by `values`. */
export function say(key: Key, values: Readonly<Record<string, string | number>> = {}): Text {
  return { vi: fill(vi[key], values), en: fill(en[key], values) }
}

/** Two texts on one line. */
export function join(first: Text, second: Text, between = ' · '): Text {
  return { vi: first.vi + between + second.vi, en: first.en + between + second.en }
}

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (member, name: string) => String(values[name] ?? member))
}

const words: Record<ReadingOutcome, Record<Direction, Key>> = {
  admitted: { in: 'word.admitted.in', out: 'word.admitted.out' },
  warned: { in: 'word.warned', out: 'word.warned' },
  denied: { in: 'word.denied', out: 'word.denied' },
}

/** The one word of a verdict. */
export function word(outcome: ReadingOutcome, direction: Direction): Text {
  return say(words[outcome][direction])
}

const passes: Record<Direction, Key> = { in: 'pass.in', out: 'pass.out' }

export function pass(direction: Direction): Text {
  return say(passes[direction])
}

const directions: Record<LaneDirection, Key> = { in: 'direction.in', out: 'direction.out', both: 'direction.both' }

export function direction(of: LaneDirection): Text {
  return say(directions[of])
}

const faults: Record<Fault | 'disconnected', readonly [title: Key, staff: Key]> = {
  'no-reader': ['fault.no-reader', 'fault.no-reader.staff'],
  'reader-lost': ['fault.reader-lost', 'fault.reader-lost.staff'],
  'cannot-store': ['fault.cannot-store', 'fault.cannot-store.staff'],
  disconnected: ['fault.disconnected', 'fault.disconnected.staff'],
}

/** What is broken, and what the staff can do about it. */
export function fault(of: Fault | 'disconnected'): { title: Text; staff: Text } {
  const [title, staff] = faults[of]
  return { title: say(title), staff: say(staff) }
}

type SetupStep = Extract<Screen, { kind: 'setup' }>['step']

const setups: Record<SetupStep, readonly [word: Key, title: Key, advice: Key]> = {
  enrolling: ['word.enrolling', 'setup.enrolling', 'setup.enrolling.advice'],
  enrolled: ['word.enrolled', 'setup.enrolled', 'setup.enrolled.advice'],
  refused: ['word.refused', 'setup.refused', 'setup.refused.advice'],
}

/** How far the gate is in joining a platform. */
export function setup(step: SetupStep): { word: Text; title: Text; advice: Text } {
  const [word, title, advice] = setups[step]
  return { word: say(word), title: say(title), advice: say(advice) }
}
