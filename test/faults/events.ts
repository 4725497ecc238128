import { type Fault, faults } from './proxy.ts'
import type { Random } from './random.ts'

/** The log kept from an earlier file, or the current one. */
export type Which = 'kept' | 'current'

/** One step in the life of a gate. */
export type Event =
  /** People pass. */
  | { kind: 'visits'; count: number }
  /** The pause of the agent passes. */
  | { kind: 'pause' }
  /** The next requests meet these faults. */
  | { kind: 'faults'; faults: Fault[] }
  | { kind: 'restart' }
  /** The gate dies when the next receipt is there, before it can record it. */
  | { kind: 'kill' }
  /** The system's clock is set, `offMs` from the true time. */
  | { kind: 'clock'; offMs: number }
  /** The platform is put back to a backup that lacks the last `back` visits of the log. */
  | { kind: 'restored'; which: Which; back: number }
  /** The platform revokes the gate for the length of one pause. */
  | { kind: 'revoked' }
  /** Somebody changes visit `nth` from the end of those that were acknowledged, and makes all later ones join. */
  | { kind: 'tampered'; which: Which; nth: number }

const years = 10 * 365 * 86_400_000
const which = ['kept', 'current', 'current'] as const

const makers: readonly [weight: number, (random: Random) => Event][] = [
  [28, (random) => ({ kind: 'visits', count: random.int(1, 3) })],
  [1, (random) => ({ kind: 'visits', count: random.int(40, 120) })],
  [30, () => ({ kind: 'pause' })],
  [25, (random) => ({ kind: 'faults', faults: Array.from({ length: random.int(1, 3) }, () => random.one(faults)) })],
  [1, (random) => ({ kind: 'faults', faults: storm(random.one(faults)) })],
  [4, () => ({ kind: 'restart' })],
  [4, () => ({ kind: 'kill' })],
  [4, (random) => ({ kind: 'clock', offMs: random.one([0, -years, years, -3_600_000, 40_000]) })],
  [4, (random) => ({ kind: 'restored', which: random.one(which), back: random.int(0, 20) })],
  [2, () => ({ kind: 'revoked' })],
]
/** What happens to one gate; every third is tampered with at the end. */
export function eventsOf(random: Random, count: number): Event[] {
  const events = Array.from({ length: count }, () => event(random))
  if (random.int(1, 3) > 1) return events
  return [...events.slice(1), { kind: 'tampered', which: random.one(which), nth: random.int(0, 10) }]
}

/** Each maker as often as its weight says. */
const drawn = makers.flatMap(([weight, make]) => Array.from({ length: weight }, () => make))

function event(random: Random): Event {
  const make = drawn[random.int(0, drawn.length - 1)]
  return make === undefined ? { kind: 'pause' } : make(random)
}

function storm(fault: Fault): Fault[] {
  return Array.from({ length: 9 }, () => fault)
}
