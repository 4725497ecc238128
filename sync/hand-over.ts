import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { CompactEncrypt, importJWK, SignJWT } from 'jose'
import { z } from 'zod'
import { sha256 } from './digest.ts'
import type { Enrolment } from './enrolment.ts'
import { maxBatchBytes, maxBatchVisits, type PublicJwk, Receipt, Rejected, type Visit } from './protocol.ts'
import type { Outbox } from './uploader.ts'

const zip = promisify(gzip)

/**
 * A hand-over file carries visits to the platform without a network. It is JSON lines: this one first, then one for each
 * batch of `POST …/visits`, then one without a batch, which is the end.
 */
export const HandOverHeader = z.object({
  format: z.literal('gate-hand-over'),
  version: z.literal(1),
  device: z.string(),
  /** The claims of every line name it. */
  file: z.uuid(),
  at: z.iso.datetime({ offset: true }),
})
export type HandOverHeader = z.infer<typeof HandOverHeader>

/**
 * `batch`: compact JWE (`ECDH-ES` X25519, `A256GCM`) of the gzipped batch to the policy's `sealTo`. `token`: JWT by the
 * device's key as for a request, of the type below, with these claims instead of those of a request and without an end.
 */
export const HandOverLine = z.object({ batch: z.string().optional(), token: z.string() })
export type HandOverLine = z.infer<typeof HandOverLine>
export const handOverTyp = 'gate-hand-over+jwt'

/** `line`: 2 for the first after the header. `bh`: SHA-256 of `batch`, of the empty string where there is none. */
export const HandOverClaims = z.object({ file: z.uuid(), line: z.int(), bh: z.string() })
export type HandOverClaims = z.infer<typeof HandOverClaims>

/** The platform's answer is a file with one receipt a line, each a compact JWS by its key; all are for one device. */
export const FiledReceipt = Receipt.extend({ rejected: z.array(Rejected) })
export type FiledReceipt = z.infer<typeof FiledReceipt>

/** A log as it is read for a file; what cannot be read throws. */
export type HandedOver = Pick<Outbox, 'log' | 'acked' | 'last' | 'read'>

/** The lines of a hand-over file with everything that the platform did not acknowledge. */
export async function* handOver(
  logs: readonly HandedOver[],
  enrolment: Enrolment,
  sealTo: PublicJwk,
  at: Date,
): AsyncGenerator<string> {
  const { deviceId: device } = enrolment
  const file = randomUUID()
  const header: HandOverHeader = { format: 'gate-hand-over', version: 1, device, file, at: at.toISOString() }
  yield `${JSON.stringify(header)}\n`
  const key = await importJWK(sealTo, 'ECDH-ES')
  let line = 2
  for (const log of logs) {
    for await (const packed of batches(log)) {
      const batch = await new CompactEncrypt(packed).setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' }).encrypt(key)
      yield `${JSON.stringify({ batch, token: await sign(enrolment, { file, line, bh: sha256(batch) }, at) })}\n`
      line++
    }
  }
  yield `${JSON.stringify({ token: await sign(enrolment, { file, line, bh: sha256('') }, at) })}\n`
}

/** What is there now, and not what comes meanwhile: a file must end. */
async function* batches(log: HandedOver): AsyncGenerator<Uint8Array> {
  const last = log.last()
  let limit = maxBatchVisits
  for (let first = log.acked() + 1; first <= last; ) {
    const visits: Visit[] = log.read(first, Math.min(limit, last - first + 1))
    if (visits.length === 0) throw new Error(`expected the visits from ${first} to ${last}`)
    const packed = await zip(JSON.stringify({ log: log.log, first, visits }))
    if (packed.length > maxBatchBytes && visits.length > 1) {
      limit = Math.floor(visits.length / 2)
      continue
    }
    yield packed
    first += visits.length
    limit = Math.min(maxBatchVisits, limit * 2)
  }
}

async function sign({ deviceId, audience, privateKey }: Enrolment, claims: HandOverClaims, at: Date): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', typ: handOverTyp, kid: deviceId })
    .setIssuer(deviceId)
    .setAudience(audience)
    .setIssuedAt(at)
    .sign(await importJWK(privateKey, 'EdDSA'))
}
