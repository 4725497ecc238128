import { compactDecrypt, decodeProtectedHeader, jwtVerify } from 'jose'
import { z } from 'zod'
import { firstPrev, sha256 } from '../sync/digest.ts'
import { type FiledReceipt, HandOverClaims, HandOverLine, handOverTyp } from '../sync/hand-over.ts'
import { Batch, SealingJwk, SigningJwk } from '../sync/protocol.ts'
import { type Answer, command, id, type Platform } from './admin.ts'
import { inflate, readJson } from './body.ts'
import { type Queries, select } from './database.ts'
import { type Ingested, ingest } from './ingest.ts'
import { signJson } from './sign.ts'

const Input = z.strictObject({ ...HandOverLine.shape, device: id('dev'), file: z.uuid(), line: z.int() })
type Input = z.infer<typeof Input>

const Output = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('end') }),
  /** `receipt`: a line of the file that goes back to the gate. */
  z.object({ kind: z.literal('stored'), visits: z.int(), receipt: z.string() }),
  /** Visits before this batch are missing; the receipt has the gate go on from `expected`. */
  z.object({ kind: z.literal('gap'), log: z.uuid(), expected: z.int(), receipt: z.string() }),
  z.object({ kind: z.literal('fork'), log: z.uuid(), seq: z.int() }),
])
export type Imported = z.infer<typeof Output>

/** Takes one line of a hand-over file, as an upload is taken: what is there already changes nothing. */
export const importBatch = command({
  name: 'import-batch',
  input: Input,
  output: Output,
  run: async (platform: Platform, input: Input): Promise<Answer<Imported>> => {
    const device = await deviceOf(platform.database, input.device)
    if (device === null) return refused(`no device here has the id ${input.device}: the file is for another platform`)
    if (device.revoked_at !== null) return refused(`${input.device} was revoked`)
    if (!(await isSigned(input, device))) return refused('it is not what the gate wrote in this place')
    if (input.batch === undefined) return { kind: 'done', value: { kind: 'end' } }
    const batch = await openBatch(input.batch, device.sealing)
    if (typeof batch === 'string') return refused(batch)
    const ingested = await ingest(platform.database, input.device, batch)
    const from = { site: device.site, device: input.device }
    return { kind: 'done', value: await settled(platform, from, batch, ingested) }
  },
})

function refused(why: string): Answer<never> {
  return { kind: 'refused', why }
}

const Device = z.object({
  site: z.string(),
  public_key: SigningJwk,
  audience: z.string(),
  revoked_at: z.date().nullable(),
  sealing: SealingJwk.extend({ d: z.string() }),
})
type Device = z.infer<typeof Device>

async function deviceOf(queries: Queries, device: string): Promise<Device | null> {
  const text = `select gate.site, public_key, audience, revoked_at, sealing
    from device join gate on gate.id = device.gate join site on site.id = gate.site where device.id = $1`
  const [row] = await select(queries, Device, text, [device])
  return row ?? null
}

/** Without an age: a file may be on its way for as long as it takes. */
async function isSigned(
  { device, file, line, batch, token }: Input,
  { public_key, audience }: Device,
): Promise<boolean> {
  try {
    if (decodeProtectedHeader(token).kid !== device) return false
    const expected = { algorithms: ['EdDSA'], typ: handOverTyp, issuer: device, audience }
    const claims = HandOverClaims.parse((await jwtVerify(token, public_key, expected)).payload)
    return claims.file === file && claims.line === line && claims.bh === sha256(batch ?? '')
  } catch {
    // jose reports every bad token by throwing.
    return false
  }
}

/** A string says what is wrong with it. */
async function openBatch(jwe: string, key: Device['sealing']): Promise<Batch | string> {
  const packed = await decrypted(jwe, key)
  if (packed === null) return 'it is not sealed to the site of its gate'
  const body = await inflate(packed, 'gzip')
  switch (body.kind) {
    case 'too-large':
      return 'the batch is too large'
    case 'invalid':
      return body.detail
    case 'plain': {
      const read = readJson(body.bytes, Batch)
      if (read.kind === 'invalid') return read.detail
      const { first, visits } = read.value
      const ascend = visits.every(({ seq }, index) => seq === first + index)
      return ascend ? read.value : 'visits: expected seq to ascend from first without holes'
    }
  }
}

async function decrypted(jwe: string, key: Device['sealing']): Promise<Buffer | null> {
  try {
    const allowed = { keyManagementAlgorithms: ['ECDH-ES'], contentEncryptionAlgorithms: ['A256GCM'] }
    return Buffer.from((await compactDecrypt(jwe, key, allowed)).plaintext)
  } catch {
    return null
  }
}

type From = { site: string; device: string }

async function settled(platform: Platform, from: From, { log, visits }: Batch, ingested: Ingested): Promise<Imported> {
  const { device } = from
  const sign = (receipt: Pick<FiledReceipt, 'acked' | 'hash' | 'rejected'>) =>
    signJson(platform.keys, { device, log, at: new Date().toISOString(), ...receipt } satisfies FiledReceipt)
  switch (ingested.kind) {
    case 'stored': {
      const { acked, hash, rejected } = ingested
      return { kind: 'stored', visits: visits.length, receipt: await sign({ acked, hash, rejected }) }
    }
    case 'gap': {
      const { expected } = ingested
      const hash = await hashOf(platform.database, from, log)
      return { kind: 'gap', log, expected, receipt: await sign({ acked: expected - 1, hash, rejected: [] }) }
    }
    case 'fork':
      return { kind: 'fork', log, seq: ingested.seq }
  }
}

/** Of the last visit held of a log. */
async function hashOf(queries: Queries, { site, device }: From, log: string): Promise<string> {
  const text = 'select hash from log where site = $1 and device = $2 and log = $3'
  const [row] = await select(queries, z.object({ hash: z.string().nullable() }), text, [site, device, log])
  return row?.hash ?? firstPrev
}
