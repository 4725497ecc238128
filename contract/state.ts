import { z } from 'zod'
import { Label } from './code.ts'
import { Direction, LaneDirection, Masked, ReadingOutcome, Reason } from './outcome.ts'

/** The answer to one code, shown only after its visit is on disk. */
export const Verdict = z.object({
  visit: z.object({ seq: z.int(), id: z.string() }),
  direction: Direction,
  outcome: ReadingOutcome,
  reason: Reason,
  /** `kind`: one of `CodeKind`, or one that the site added, which then brings its `label`. */
  credential: z.object({
    kind: z.string(),
    verified: z.boolean(),
    variant: z.enum(['invoice']).optional(),
    label: Label.optional(),
  }),
  masked: Masked,
  /** RFC 3339 with the site's offset. */
  at: z.string(),
})
export type Verdict = z.infer<typeof Verdict>

/** Why a lane cannot let anyone pass. */
export const Fault = z.enum(['no-reader', 'reader-lost', 'cannot-store'])
export type Fault = z.infer<typeof Fault>

/** What one lane shows now. `retry`: the reader sent something that cannot be a code. */
export const Screen = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('idle') }),
  z.object({ kind: z.literal('verdict'), verdict: Verdict }),
  z.object({ kind: z.literal('retry') }),
  /** The platform's enrolment code was held in front of a reader of a gate that has no platform yet. */
  z.object({ kind: z.literal('setup'), step: z.enum(['enrolling', 'enrolled', 'refused']), why: z.string() }),
  z.object({ kind: z.literal('fault'), fault: Fault }),
])
export type Screen = z.infer<typeof Screen>

/** Of a reader or an output. `absent`: not plugged in; `failed`: plugged in, but it could not be opened, `why` says why. */
export const ReaderState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('open') }),
  z.object({ kind: z.literal('failed'), why: z.string() }),
])
export type ReaderState = z.infer<typeof ReaderState>

export const Lane = z.object({
  id: z.string(),
  name: z.string(),
  direction: LaneDirection,
  screen: Screen,
  readers: z.array(
    z.object({
      id: z.string(),
      driver: z.string(),
      state: ReaderState,
      /** The name of the camera to take, where the settings give one. */
      label: z.string().optional(),
      /** Of a reader that types into the page: what it is set to put in front of a code, '' for nothing. */
      prefix: z.string().optional(),
    }),
  ),
  outputs: z.array(
    z.object({
      id: z.string(),
      driver: z.string(),
      state: ReaderState,
      /** Of the driver `sound`: 0 to 1. */
      volume: z.number().optional(),
    }),
  ),
})
export type Lane = z.infer<typeof Lane>

/** Where the gate stands with the platform. `waiting` counts visits not yet acknowledged. */
export const SyncState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('not-enrolled'), waiting: z.int() }),
  /** `policyRefused`: why the platform's newest policy is not the one in force, in English. */
  z.object({ kind: z.literal('online'), waiting: z.int(), policyRefused: z.string().optional() }),
  /** `since`: when the platform was last heard, RFC 3339, null when never in this run. */
  z.object({ kind: z.literal('offline'), waiting: z.int(), since: z.string().nullable() }),
  z.object({ kind: z.literal('revoked'), waiting: z.int() }),
  /** The platform holds a different visit under `seq`, or lacks it as the gate does: a person has to look. */
  z.object({ kind: z.literal('fork'), waiting: z.int(), seq: z.int() }),
])
export type SyncState = z.infer<typeof SyncState>

/** Everything a page needs to draw itself. */
export const State = z.object({
  site: z.string().nullable(),
  gate: z.string().nullable(),
  timeZone: z.string(),
  /** A simulated reader is at work: its people are invented. */
  simulated: z.boolean(),
  sync: SyncState,
  /** When the policy in force ran out, RFC 3339, or null while it is fresh. */
  policyExpired: z.string().nullable(),
  /** A damaged database was set aside in the data folder, and nobody has moved it away yet. */
  damaged: z.boolean(),
  lanes: z.array(Lane),
})
export type State = z.infer<typeof State>
