import type { FastifyReply } from 'fastify'
import type { Logger } from 'pino'
import { Batch, type Receipt, type UploadReply } from '../sync/protocol.ts'
import type { Platform } from './admin.ts'
import { inflate, readJson } from './body.ts'
import { bytesOf, type DeviceRoute, refuse, refuseBusy } from './http.ts'
import { ingest } from './ingest.ts'
import { signJson } from './sign.ts'

/** Each can hold 16 MiB of JSON; more than this at once is sent away to come again. */
const maxUploads = 16

export function uploadRoute(route: DeviceRoute, platform: Platform, log: Logger) {
  let uploads = 0
  route('POST', '/visits', async (device, request, reply) => {
    if (uploads >= maxUploads) return refuseBusy(reply)
    uploads++
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
      uploads--
    }
  })
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
