import { z } from 'zod'
import { Label } from '../contract/code.ts'
import { Direction, LaneDirection, Masked, Outcome } from '../contract/outcome.ts'

/** The shapes that a gate and the platform exchange, protocol version 1. Names are fixed: other programs use them. */

export const maxBatchVisits = 500
export const maxBatchBytes = 1024 * 1024

const Base64url = z.string().regex(/^[A-Za-z0-9_-]*$/, 'expected base64url')
const Digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected a base64url SHA-256')
const Time = z.iso.datetime({ offset: true })

/** An Ed25519 or X25519 public key. */
export const PublicJwk = z.object({
  kty: z.literal('OKP'),
  crv: z.enum(['Ed25519', 'X25519']),
  x: Digest,
})
export type PublicJwk = z.infer<typeof PublicJwk>

export const SigningJwk = PublicJwk.extend({ crv: z.literal('Ed25519') })
export type SigningJwk = z.infer<typeof SigningJwk>
export const SealingJwk = PublicJwk.extend({ crv: z.literal('X25519') })

export const DeviceRequest = z.object({
  token: z.string().min(1).max(200),
  publicKey: SigningJwk,
  name: z.string().min(1).max(100),
  software: z.object({ name: z.string().max(40), version: z.string().max(40) }),
})
export type DeviceRequest = z.infer<typeof DeviceRequest>

export const DeviceReply = z.object({ deviceId: z.string().min(1), audience: z.url(), signingKey: SigningJwk })
export type DeviceReply = z.infer<typeof DeviceReply>

export const Personal = z.looseObject({
  salt: Base64url.length(22),
  subject: Digest.nullable(),
  masked: Masked,
  sealed: z.string().nullable(),
})
export type Personal = z.infer<typeof Personal>

export const Clock = z.looseObject({
  source: z.enum(['platform', 'system']),
  offsetMs: z.int(),
  boot: z.uuid(),
  upMs: z.int().min(0),
})
export type Clock = z.infer<typeof Clock>

const visitShape = {
  seq: z.int().min(1),
  id: z.uuid(),
  at: Time,
  clock: Clock,
  gate: z.string().max(100),
  lane: z.string().max(100),
  reader: z.string().max(100),
  direction: Direction,
  outcome: Outcome,
  reason: z.string().max(64),
  method: z.enum(['reader', 'camera', 'manual', 'paper']),
  credential: z.looseObject({ kind: z.string().max(32), verified: z.boolean() }),
  personal: Personal.optional(),
  digest: Digest,
  operator: z.string().max(100).nullable(),
  refers: z.uuid().optional(),
  prev: Digest,
  hash: Digest,
}

/** One visit as it travels and as it is stored; unknown members are kept and passed on. */
export const Visit = z.looseObject(visitShape)
export type Visit = z.infer<typeof Visit>
/** The members that this version knows. */
export type KnownVisit = z.infer<z.ZodObject<typeof visitShape>>

/** Loose on purpose: one bad visit is rejected by its `seq`, the others of its batch are not. */
export const Batch = z.object({
  log: z.uuid(),
  first: z.int().min(1),
  visits: z
    .array(z.looseObject({ seq: z.int().min(1) }))
    .min(1)
    .max(maxBatchVisits),
})
export type Batch = z.infer<typeof Batch>

export const Rejected = z.object({ seq: z.int(), code: z.string(), detail: z.string() })
export type Rejected = z.infer<typeof Rejected>

export const UploadReply = z.object({ acked: z.int().min(0), rejected: z.array(Rejected), receipt: z.string() })
export type UploadReply = z.infer<typeof UploadReply>

/** Payload of the signed receipt; `hash` is that of visit `acked` (43 `A`s when nothing is held yet). */
export const Receipt = z.object({ device: z.string(), log: z.string(), acked: z.int(), hash: Digest, at: Time })
export type Receipt = z.infer<typeof Receipt>

/** The body of every answer that is not a success. */
export const Refusal = z.discriminatedUnion('code', [
  z.object({ code: z.literal('gap'), expected: z.int().min(1) }),
  z.object({ code: z.literal('fork'), seq: z.int().min(1) }),
  z.object({ code: z.literal('revoked'), purge: z.boolean().optional() }),
  z.object({ code: z.literal('unauthorized'), detail: z.string().optional() }),
  z.object({ code: z.literal('gone'), detail: z.string().optional() }),
  z.object({ code: z.literal('invalid'), detail: z.string().optional() }),
  z.object({ code: z.literal('too-large') }),
  z.object({ code: z.literal('busy') }),
])
export type Refusal = z.infer<typeof Refusal>

export const Issuer = z.object({ kid: Base64url, key: SigningJwk, iss: z.string().max(8), from: Time, to: Time })
export type Issuer = z.infer<typeof Issuer>

export const SiteKind = z.enum([
  'office',
  'hospital',
  'checkpoint',
  'market',
  'school',
  'factory',
  'shop',
  'transport',
  'other',
])

/**
 * Stands in the policy for a large list. `digest`: base64url SHA-256 of its entries, each as RFC 8785 canonical JSON, in
 * the order of their bytes, joined by line feeds.
 */
export const ListRef = z.object({
  list: z.string().regex(/^[a-z]{1,32}$/, 'expected the name of a list'),
  version: z.int().min(1),
  digest: Digest,
})
export type ListRef = z.infer<typeof ListRef>

/** Payload of the signed policy. Members of later protocol parts are carried, not read. */
export const Policy = z.looseObject({
  version: z.int().min(1),
  issuedAt: Time,
  expiresAt: Time,
  site: z.looseObject({
    id: z.string(),
    name: z.string(),
    address: z.string(),
    kind: SiteKind,
    disclosure: z.enum(['masked', 'full']),
    capacity: z.int().nullable(),
    timeZone: z.string(),
    opening: z.array(z.unknown()),
    closesAt: z.string().nullable(),
  }),
  gate: z.object({ id: z.string(), name: z.string(), area: z.string() }),
  direction: LaneDirection,
  subjectKey: Base64url.min(22),
  sealTo: SealingJwk.nullable(),
  issuers: z.array(Issuer),
  revoked: z.object({ cti: z.union([z.array(Base64url), ListRef]), kid: z.array(Base64url), nextUpdate: Time }),
  /** Checked where they are used: one that is of no use must not cost the gate the rest of its policy. */
  dcc: z.array(z.unknown()),
  /** Kinds of codes that only this site knows: `{"kind":"x-…","pattern":RE2,"label":{"vi","en"}}`. */
  patterns: z.array(z.unknown()).optional(),
  accept: z.array(z.string()),
  rules: z.array(z.unknown()),
  passback: z.object({ mode: z.enum(['off', 'soft', 'hard']), minutes: z.number().min(0) }),
  repeatSeconds: z.number().min(0).max(3600),
  flags: z.union([z.array(z.unknown()), ListRef]),
  operators: z.array(z.unknown()),
  retentionDays: z.int().min(1),
  messages: z.array(Label.extend({ until: Time })),
})
export type Policy = z.infer<typeof Policy>

/**
 * Payload of a signed list: what changed after version `from`, or all of it where `from` is 0. `digest` is that of the
 * newest version, which the policy names; below it there is more, to be asked for with `since` this `version`. Where the
 * entries then do not have that digest, the gate was away for too long and asks for all of it.
 */
export const ListDelta = z.object({
  name: z.string(),
  from: z.int().min(0),
  version: z.int().min(0),
  add: z.array(z.unknown()),
  remove: z.array(z.unknown()),
  digest: Digest,
})
export type ListDelta = z.infer<typeof ListDelta>

export const Health = z.looseObject({
  at: Time,
  software: z.object({ name: z.string(), version: z.string() }),
  policyVersion: z.int().min(0),
  queue: z.object({ waiting: z.int(), oldest: Time.nullable(), refused: z.int() }),
  /** Where the current log ends; null or absent where it is empty. */
  head: z.object({ log: z.uuid(), seq: z.int(), hash: Digest }).nullish(),
  /** Why the newest policy is not the one in force; null or absent where it is. */
  policyRefused: z.string().nullish(),
  readers: z.array(z.object({ id: z.string(), driver: z.string(), state: z.string() })),
  disk: z.object({ freeBytes: z.number() }),
  clock: Clock,
  uptimeMs: z.int(),
})
export type Health = z.infer<typeof Health>
