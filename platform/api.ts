import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import type { Logger } from 'pino'
import { z } from 'zod'
import { DeviceRequest, Health } from '../sync/protocol.ts'
import { type Platform, publicUrl } from './admin.ts'
import { adminRoutes } from './admin-routes.ts'
import { authenticate, Replays } from './authenticate.ts'
import { maxBody, readJson } from './body.ts'
import { unstorableWhy } from './check.ts'
import { enrol } from './enrolment.ts'
import { bytesOf, type DeviceRoute, type Handler, refuse, refuseBusy } from './http.ts'
import { listRoute } from './lists.ts'
import { currentPolicy } from './policy.ts'
import { uploadRoute } from './upload.ts'

const maxSmallBody = 64 * 1024
/** Most of them are gates between two requests. */
const maxConnections = 5000

/** The platform's HTTP interface. Bodies stay as sent, bytes, until whoever may read them is known. */
export function createApi(platform: Platform, adminKey: string, log: Logger): FastifyInstance {
  const app = Fastify({ bodyLimit: maxBody, requestTimeout: 300_000, forceCloseConnections: true, logger: false })
  app.server.maxConnections = maxConnections
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, { code: 'invalid', detail: 'no such route' }))
  app.setErrorHandler((error, _request, reply) => failed(error, reply, log))
  app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime }) => {
    log.info({ method, route: routeOptions.url, status: statusCode, ms: Math.round(elapsedTime) }, 'request')
  })
  const route = deviceRoutes(app, platform, log)
  enrolRoute(app, platform)
  uploadRoute(route, platform, log)
  policyRoute(route, platform)
  healthRoute(route, platform)
  listRoute(route, platform)
  adminRoutes(app, platform, adminKey)
  return app
}

const Failure = z.object({ statusCode: z.int().optional(), code: z.string().optional(), stack: z.string().optional() })

function failed(error: unknown, reply: FastifyReply, log: Logger) {
  const { statusCode = 500, code, stack = '' } = Failure.safeParse(error).data ?? {}
  if (statusCode === 413) return refuse(reply, 413, { code: 'too-large' })
  if (statusCode < 500) return refuse(reply, statusCode, { code: 'invalid', detail: code ?? 'bad request' })
  // Without the message: a database error can quote personal data.
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '))
  log.error({ code, frames }, 'request failed')
  return refuse(reply, 500, { code: 'busy' })
}

function deviceRoutes(app: FastifyInstance, { database }: Platform, log: Logger): DeviceRoute {
  const replays = new Replays()
  return (method, path, handler, limits) => {
    app.route<{ Params: { id: string } }>({
      method,
      url: `/v1/devices/:id${path}`,
      bodyLimit: maxSmallBody,
      ...limits,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        if (!/^dev_[0-9a-f]{32}$/.test(request.params.id)) return refuse(reply, 401, { code: 'unauthorized' })
        const signed = { device: request.params.id, method: request.method, path: request.url }
        const { authorization } = request.headers
        const sender = await authenticate(database, replays, { ...signed, authorization, body: bytesOf(request) })
        switch (sender.kind) {
          case 'unauthorized':
            log.info({ why: sender.why }, 'unauthorized')
            return refuse(reply, 401, { code: 'unauthorized' })
          case 'revoked':
            return refuse(reply, 403, { code: 'revoked', ...(sender.purge ? { purge: true } : {}) })
          case 'busy':
            return refuseBusy(reply)
          case 'device':
            return handler(sender.id, request, reply)
        }
      },
    })
  }
}

function enrolRoute(app: FastifyInstance, { database, keys }: Platform) {
  app.post('/v1/devices', { bodyLimit: maxSmallBody }, async (request, reply) => {
    const body = readJson(bytesOf(request), DeviceRequest)
    if (body.kind === 'invalid') return refuse(reply, 422, { code: 'invalid', detail: body.detail })
    const unstorable = unstorableWhy(body.value)
    if (unstorable !== null) return refuse(reply, 422, { code: 'invalid', detail: unstorable.detail })
    const audience = await publicUrl(database)
    if (audience === null) throw new Error('expected the URL that serve stores')
    const enrolled = await enrol(database, audience, body.value)
    switch (enrolled.kind) {
      case 'gone':
        return refuse(reply, 410, { code: 'gone' })
      case 'enrolled': {
        const { kty, crv, x } = keys.signing
        return reply.code(201).send({ deviceId: enrolled.device, audience, signingKey: { kty, crv, x } })
      }
    }
  })
}

function policyRoute(route: DeviceRoute, { database, keys }: Platform) {
  route('GET', '/policy', async (device, request, reply) => {
    const { version, jws } = await currentPolicy(database, keys, device)
    const etag = `"${version}"`
    reply.header('etag', etag).header('cache-control', 'no-store')
    const held = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
    if (held?.includes(etag)) return reply.code(304).send()
    return reply.header('content-type', 'application/jose').send(jws)
  })
}

function healthRoute(route: DeviceRoute, { database }: Platform) {
  const handler: Handler = async (device, request, reply) => {
    const body = readJson(bytesOf(request), Health)
    if (body.kind === 'invalid') return refuse(reply, 422, { code: 'invalid', detail: body.detail })
    const unstorable = unstorableWhy(body.value)
    if (unstorable !== null) return refuse(reply, 422, { code: 'invalid', detail: unstorable.detail })
    const text = 'update device set health = $2::jsonb, health_at = now() where id = $1'
    await database.query(text, [device, JSON.stringify(body.value)])
    return reply.code(204).send()
  }
  route('POST', '/health', handler)
}
