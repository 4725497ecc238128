import { decodeProtectedHeader, jwtVerify } from 'jose'
import { z } from 'zod'
import { sha256 } from '../sync/digest.ts'
import { SigningJwk } from '../sync/protocol.ts'
import { type Database, select } from './database.ts'

/** What the signature of a device request covers; `path` with query, `body` as sent. */
export interface SignedRequest {
  device: string
  authorization: string | undefined
  method: string
  path: string
  body: Uint8Array
}

export type Sender =
  | { kind: 'device'; id: string }
  | { kind: 'unauthorized'; why: string }
  | { kind: 'revoked'; purge: boolean }
  | { kind: 'busy' }

const lifetime = 60
const tolerance = 30
const Claims = z.object({
  iat: z.int(),
  exp: z.int(),
  jti: z.string().min(1).max(200),
  htm: z.string(),
  htu: z.string(),
  bh: z.string(),
})
const Device = z.object({
  public_key: SigningJwk,
  audience: z.string(),
  revoked_at: z.date().nullable(),
  purge: z.boolean(),
})

/** Checks the device's token of one request (SYNC section 2). `replays` is kept between the calls. */
export async function authenticate(database: Database, replays: Replays, request: SignedRequest): Promise<Sender> {
  const text = 'select public_key, audience, revoked_at, purge from device where id = $1'
  const [device] = await select(database, Device, text, [request.device])
  if (device === undefined) return { kind: 'unauthorized', why: 'unknown device' }
  const token = await verified(request, device)
  if (token.kind === 'unauthorized') return token
  switch (replays.see(`${request.device} ${token.jti}`)) {
    case 'repeated':
      return { kind: 'unauthorized', why: 'jti repeated' }
    case 'full':
      return { kind: 'busy' }
    case 'new':
      if (device.revoked_at !== null) return { kind: 'revoked', purge: device.purge }
      return { kind: 'device', id: request.device }
  }
}

type Token = { kind: 'verified'; jti: string } | { kind: 'unauthorized'; why: string }

async function verified(request: SignedRequest, device: z.infer<typeof Device>): Promise<Token> {
  const wrong = (why: string): Token => ({ kind: 'unauthorized', why })
  const [scheme, token, ...more] = request.authorization?.split(' ') ?? []
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined || more.length > 0) return wrong('no bearer token')
  const payload = await signedClaims(token, request.device, device)
  const claims = Claims.safeParse(payload)
  if (!claims.success) return wrong('signature, header or claims')
  const { iat, exp, jti, htm, htu, bh } = claims.data
  if (exp > iat + lifetime) return wrong('exp after iat + 60')
  if (htm !== request.method) return wrong('htm')
  if (htu !== request.path) return wrong('htu')
  if (bh !== sha256(request.body)) return wrong('bh')
  return { kind: 'verified', jti }
}

async function signedClaims(token: string, id: string, device: z.infer<typeof Device>): Promise<unknown> {
  try {
    if (decodeProtectedHeader(token).kid !== id) return null
    const { payload } = await jwtVerify(token, device.public_key, {
      algorithms: ['EdDSA'],
      typ: 'gate-device+jwt',
      issuer: id,
      audience: device.audience,
      clockTolerance: tolerance,
      maxTokenAge: lifetime,
    })
    return payload
  } catch {
    // jose reports every bad token by throwing; what is wrong with it does not change the answer.
    return null
  }
}

const generationMs = (lifetime + 2 * tolerance) * 1000
const generationSize = 500_000

/**
 * Tokens seen. One can be valid for at most 120 s (60 s and 30 s of tolerance at both ends), so two generations of that
 * length remember each for long enough and let all of them die.
 */
export class Replays {
  #current = new Set<string>()
  #previous = new Set<string>()
  #since = performance.now()

  /** `full`: too many in this generation; nothing was noted. */
  see(token: string): 'new' | 'repeated' | 'full' {
    const age = performance.now() - this.#since
    if (age >= generationMs) {
      this.#previous = age >= 2 * generationMs ? new Set() : this.#current
      this.#current = new Set()
      this.#since = performance.now()
    }
    if (this.#current.has(token) || this.#previous.has(token)) return 'repeated'
    if (this.#current.size >= generationSize) return 'full'
    this.#current.add(token)
    return 'new'
  }
}
