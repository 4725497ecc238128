import type { PlatformClient } from './client.ts'
import type { Health } from './protocol.ts'
import { failed, refusal, type Step } from './step.ts'
import type { Outbox } from './uploader.ts'

/** Statuses of a platform that takes no health, or finds fault with it: it is no less there. */
const untaken = [400, 404, 405, 413, 415, 422]

export async function sendHealth(client: PlatformClient, health: Health): Promise<Step | { kind: 'done' }> {
  const body = Buffer.from(JSON.stringify(health))
  const answer = await client.request('POST', '/health', { body, headers: { 'content-type': 'application/json' } })
  if (answer.kind === 'unreachable') return failed(answer.why)
  return answer.status < 300 || untaken.includes(answer.status) ? { kind: 'done' } : refusal(answer)
}

/** Where a log ends; null where it is empty. */
export function headOf(outbox: Outbox | undefined): Health['head'] {
  const seq = outbox?.last() ?? 0
  const hash = outbox?.hashOf(seq)
  return outbox === undefined || hash === undefined ? null : { log: outbox.log, seq, hash }
}
