import { createHash } from 'node:crypto'
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { z } from 'zod'
import type { PublicJwk } from '../../sync/protocol.ts'

const Claims = z.strictObject({
  iss: z.string(),
  aud: z.string(),
  iat: z.int(),
  exp: z.int(),
  jti: z.string().min(16),
  htm: z.string(),
  htu: z.string(),
  bh: z.string(),
})

export type Token = { device: string; header: unknown; claims: z.infer<typeof Claims> }

const maxSkewSeconds = 60

/** Verifies the tokens of devices as section 2 of the protocol asks, by its own reading of it. */
export class DeviceDoor {
  readonly #devices = new Map<string, { key: PublicJwk; audience: string }>()
  readonly #used = new Set<string>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  admit(key: PublicJwk, audience: string): string {
    const id = `dev_${this.#devices.size + 1}`
    this.#devices.set(id, { key, audience })
    return id
  }

  /** Null: the request is not one of a known device. */
  async open(authorization: string | undefined, method: string, target: string, body: Buffer): Promise<Token | null> {
    try {
      const jwt = (authorization ?? '').replace(/^Bearer /, '')
      const device = decodeProtectedHeader(jwt).kid ?? ''
      const known = this.#devices.get(device)
      if (known === undefined || !target.startsWith(`/v1/devices/${device}/`)) return null
      const { payload, protectedHeader } = await jwtVerify(jwt, await importJWK(known.key, 'EdDSA'), {
        algorithms: ['EdDSA'],
        typ: 'gate-device+jwt',
        issuer: device,
        audience: known.audience,
        currentDate: new Date(this.#now()),
      })
      const claims = Claims.parse(payload)
      const sound =
        claims.exp <= claims.iat + 60 &&
        Math.abs(claims.iat - this.#now() / 1000) < maxSkewSeconds &&
        !this.#used.has(claims.jti) &&
        claims.htm === method &&
        claims.htu === target &&
        claims.bh === createHash('sha256').update(body).digest('base64url')
      this.#used.add(claims.jti)
      return sound ? { device, header: protectedHeader, claims } : null
    } catch {
      return null
    }
  }
}
