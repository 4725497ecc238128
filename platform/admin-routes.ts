import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  addEnrolment,
  addSite,
  type Command,
  listVisits,
  mint,
  type Platform,
  revokeCode,
  revokeDevice,
} from './admin.ts'
import { readJson } from './body.ts'
import { bytesOf, refuse } from './http.ts'

/** `POST /admin/{command}`: for the commands on the same machine, with the key that `serve` wrote for them. */
export function adminRoutes(app: FastifyInstance, platform: Platform, key: string) {
  const add = <I, O>(command: Command<I, O>) => {
    app.post(`/admin/${command.name}`, async (request, reply) => {
      if (!allowed(request, key)) return refuse(reply, 401, { code: 'unauthorized' })
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
}

function allowed({ headers, socket }: FastifyRequest, key: string) {
  const sameMachine = socket.remoteAddress === socket.localAddress
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return sameMachine && timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${key}`))
}
