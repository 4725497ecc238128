import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { Batch, type Receipt, type UploadReply } from '../sync/protocol.ts'
import type { Platform } from './admin.ts'
import { inflate, maxBody, readJson } from './body.ts'
import { bytesOf, type DeviceRoute, type Handler, refuse, refuseBusy } from './http.ts'
import { ingest } from './ingest.ts'
import { signJson } from './sign.ts'

/** On their way in or waiting, each of at most 1 MiB; one more is sent away, before its body, to come again. */
const maxUploads = 128
/** At work, each of at most 16 MiB of JSON. */
const maxAtOnce = 16

export function uploadRoute(route: DeviceRoute, platform: Platform, log: Logger) {
  const turns = new Turns(maxAtOnce)
  let uploads = 0
  const onRequest = async (_request: FastifyRequest, reply: FastifyReply) => {
    if (uploads >= maxUploads) return refuseBusy(reply)
    uploads++
    reply.raw.once('close', () => uploads--)
  }
  const handler: Handler = async (device, request, reply) => {
    await turns.take()
    try {
      const body = await inflate(bytesOf(request), request.headers['content-encoding'])
      switch (body.kind) {
        case 'too-large':
          return refuse(reply, 413, { code: 'too-large' })
        case 'invalid':
          return refuse(reply, 422, { code: 'invalid', detail: body.detail })
        case 'plain':
          return await store(platform, device, body.bytes, reply, log)
      }
    } finally {
      turns.give()
    }
  }
  route('POST', '/visits', handler, { bodyLimit: maxBody, onRequest })
}

/** Lets `atOnce` through at a time, the others after them in the order they came. */
class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  async take(): Promise<void> {
    if (this.#free === 0) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#free--
  }

  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    // PGlite works in the event loop: without a turn of it nobody would be sent away in time.
    else setImmediate(next)
  }
}

async function store(platform: Platform, device: string, bytes: Buffer, reply: FastifyReply, log: Logger) {
  const read = readJson(bytes, Batch)
  if (read.kind === 'invalid') return refuse(reply, 422, { code: 'invalid', detail: read.detail })
  const batch = read.value
  if (batch.visits.some(({ seq }, index) => seq !== batch.first + index)) {
    return refuse(reply, 422, { code: 'invalid', detail: 'visits: expected seq to ascend from first without holes' })
  }
  const ingested = await ingest(platform.database, device, batch)
  switch (ingested.kind) {
    case 'gap':
      return refuse(reply, 409, { code: 'gap', expected: ingested.expected })
    case 'fork':
      log.warn({ device, seq: ingested.seq }, 'fork')
      return refuse(reply, 409, { code: 'fork', seq: ingested.seq })
    case 'stored': {
      const { acked, hash, rejected } = ingested
      const at = new Date().toISOString()
      const receipt = await signJson(platform.keys, { device, log: batch.log, acked, hash, at } satisfies Receipt)
      return reply.send({ acked, rejected, receipt } satisfies UploadReply)
    }
  }
}
