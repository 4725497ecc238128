import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { addEnrolment, addSite, type Command, listVisits, type Platform } from './admin.ts'
import { readJson } from './body.ts'
import { dropDays } from './days.ts'
import { devices } from './devices.ts'
import { bytesOf, refuse } from './http.ts'
import { importBatch } from './import.ts'
import { live } from './live.ts'
import { mint } from './mint.ts'
import { revokeCode, revokeDevice, unrevokeDevice } from './revoke.ts'
import { sitePolicy } from './site-policy.ts'
import { statistics } from './statistics.ts'
import { trace } from './trace.ts'
import { signTrust } from './trust.ts'

/** A trust list holds thousands of certificates. */
const maxAdminBody = 32 * 1024 * 1024

/** `POST /admin/{command}`: for the commands on the same machine, with the key that `serve` wrote for them. */
export function adminRoutes(app: FastifyInstance, platform: Platform, key: string) {
  // Before the body: nobody else makes the platform take in so much.
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    if (!allowed(request, key)) return refuse(reply, 401, { code: 'unauthorized' })
  }
  const add = <I, O>(command: Command<I, O>) => {
    app.post(`/admin/${command.name}`, { bodyLimit: maxAdminBody, onRequest }, async (request, reply) => {
      const input = readJson(bytesOf(request), command.input)
      if (input.kind === 'invalid') return refuse(reply, 422, { code: 'invalid', detail: input.detail })
      const answer = await command.run(platform, input.value)
      switch (answer.kind) {
        case 'refused':
          return refuse(reply, 422, { code: 'invalid', detail: answer.why })
        case 'done':
          return reply.send(answer.value)
      }
    })
  }
  add(addSite)
  add(addEnrolment)
  add(listVisits)
  add(mint)
  add(revokeCode)
  add(revokeDevice)
  add(unrevokeDevice)
  add(live)
  add(trace)
  add(statistics)
  add(devices)
  add(dropDays)
  add(sitePolicy)
  add(signTrust)
  add(importBatch)
}

function allowed({ headers, socket }: FastifyRequest, key: string) {
  const sameMachine = socket.remoteAddress === socket.localAddress
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return sameMachine && timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${key}`))
}
