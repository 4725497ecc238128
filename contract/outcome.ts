import { z } from 'zod'

/** What a reading can end in. `annulled` and `closed` refer to an earlier visit. */
export const Outcome = z.enum(['admitted', 'warned', 'denied', 'annulled', 'closed'])

/** The outcomes a reading at the lane can have; `admitted` and `warned` let the person pass. */
export const ReadingOutcome = Outcome.extract(['admitted', 'warned', 'denied'])
export type ReadingOutcome = z.infer<typeof ReadingOutcome>

/** Why an outcome is not a plain admission. `''` is the plain admission itself. */
export const Reason = z.enum([
  '',
  'repeated',
  'check-by-hand',
  'expired',
  'not-yet-valid',
  'revoked',
  'bad-signature',
  'unknown-issuer',
  'wrong-key-usage',
  'malformed',
  'unsupported',
  'multi-part',
  'number-only',
  'not-personal',
  'damaged',
  'not-accepted',
  'unknown',
])
export type Reason = z.infer<typeof Reason>

/** The way a person passes. */
export const Direction = z.enum(['in', 'out'])
export type Direction = z.infer<typeof Direction>

/** What a lane is set up for; `both` takes turns for each person. */
export const LaneDirection = z.enum(['in', 'out', 'both'])
export type LaneDirection = z.infer<typeof LaneDirection>

/** Personal data as a screen may show it: masked by the rules of `service/credentials/mask.ts`. */
export const Masked = z.looseObject({
  name: z.string().optional(),
  /** Of an identity document or, where the code names none, of a health-insurance card. */
  document: z.string().optional(),
  birthYear: z.int().optional(),
  sex: z.enum(['male', 'female']).optional(),
  /** The province alone: `***, Hà Nội`. */
  address: z.string().optional(),
  phone: z.string().optional(),
  /** What a health certificate says; `dose` of `doses` for a vaccination alone. */
  certificate: z
    .object({
      type: z.enum(['vaccination', 'test', 'recovery']),
      dose: z.int().optional(),
      doses: z.int().optional(),
    })
    .optional(),
})
export type Masked = z.infer<typeof Masked>
