import { type KeyObject, randomUUID, sign } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { audience, type Gate, type Load } from './fleet.ts'

/** What the gates met; `ms` of each batch that was taken, from its first byte to the receipt, without waiting. */
export type Met = { ms: number[]; busy: number; broken: number; other: number }

const capMs = 15 * 60_000

/**
 * Sends loads of one gate one after the other until each was taken, on a connection of its own: after 503 it waits as long
 * as it was told and up to half as long again, after a broken connection by backoff with full jitter.
 */
export async function sendAll(base: string, gate: Gate, loads: readonly Load[], met: Met): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (const load of loads) {
    for (let failures = 1; ; failures++) {
      const began = performance.now()
      const answer = await post(agent, base, gate, load)
      if (answer.status === 200) {
        met.ms.push(performance.now() - began)
        break
      }
      if (answer.status === 503) met.busy++
      else if (answer.status === null) met.broken++
      else met.other++
      const backoff = Math.random() * Math.min(capMs, 1000 * 2 ** failures)
      await pause(answer.waitMs === 0 ? backoff : answer.waitMs * (1 + Math.random() / 2))
    }
  }
  agent.destroy()
}

function post(agent: Agent, base: string, gate: Gate, { body, hash }: Load) {
  const path = `/v1/devices/${gate.id}/visits`
  const headers = {
    authorization: `Bearer ${token(gate.id, gate.key, path, hash)}`,
    ...{ 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': body.length },
  }
  return new Promise<{ status: number | null; waitMs: number }>((resolve) => {
    const sent = request(base + path, { agent, method: 'POST', headers }, (answer) => {
      answer.resume()
      const waitMs = 1000 * Number(answer.headers['retry-after'] ?? 0)
      answer.once('close', () => resolve({ status: answer.complete ? (answer.statusCode ?? null) : null, waitMs }))
    })
    sent.once('error', () => resolve({ status: null, waitMs: 0 }))
    sent.end(body)
  })
}

/** The JWT of a request (RFC 7519), as a gate signs it. */
function token(id: string, key: KeyObject, htu: string, bh: string) {
  const iat = Math.floor(Date.now() / 1000)
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: id, aud: audience, iat, exp: iat + 60, jti: randomUUID(), htm: 'POST', htu, bh }
  const signed = `${part({ alg: 'EdDSA', typ: 'gate-device+jwt', kid: id })}.${part(claims)}`
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
}
