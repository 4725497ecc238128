import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Refusal } from '../sync/protocol.ts'

export type Handler = (device: string, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** `onRequest` runs before the body is taken in and before it is known who sends it. */
interface RouteLimits {
  bodyLimit?: number
  onRequest?: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
}

/** Adds a route that only a device with a valid token reaches; `path` follows `/v1/devices/{id}`. */
export type DeviceRoute = (method: 'GET' | 'POST', path: string, handler: Handler, limits?: RouteLimits) => void

export function refuse(reply: FastifyReply, status: number, refusal: Refusal) {
  return reply.code(status).send(refusal)
}

/** Full jitter: gates that were refused together do not come back together. */
export function refuseBusy(reply: FastifyReply) {
  return refuse(reply.header('retry-after', 1 + Math.floor(Math.random() * 10)), 503, { code: 'busy' })
}

/** The body as sent. */
export function bytesOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}
