import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UploadingGate } from './gate.ts'
import { type Scripted, ScriptedPlatform } from './scripted-platform.ts'
import { nextVisit } from './visits.ts'

const refusal = (status: number, body: unknown): Scripted => ({ kind: 'answer', status, body: JSON.stringify(body) })
const gap = (expected: number) => refusal(409, { code: 'gap', expected })

describe('the answer to an upload', () => {
  let platform: ScriptedPlatform
  let gate: UploadingGate

  beforeEach(async () => {
    platform = await ScriptedPlatform.start()
    gate = new UploadingGate(platform, await platform.enrol())
  })
  afterEach(async () => {
    gate.end()
    await platform.close()
  })

  it('raises a fork when the platform says so', async () => {
    gate.outbox.add(3)
    platform.next('visits', refusal(409, { code: 'fork', seq: 2 }))
    expect(await gate.upload()).toEqual({ kind: 'fork', seq: 2 })
  })

  it('raises a fork when the platform holds another visit', async () => {
    gate.outbox.add(3)
    await gate.drain()
    const twin = nextVisit(gate.outbox.visits[2])
    gate.outbox.visits.push(twin)
    platform.shelf.put({ log: gate.outbox.log, first: 4, visits: [nextVisit(gate.outbox.visits[2])] })
    expect(await gate.upload()).toEqual({ kind: 'fork', seq: 4 })
  })

  it.each([
    ['raises a fork', 'a log at work', false, { kind: 'fork', seq: 5 }, 2],
    ['is all that is owed', 'a log out of a backup', true, { kind: 'acknowledged', acked: 6 }, 4],
  ])('%s when the platform holds more than %s', async (_then, _log, closed, uploaded, acked) => {
    gate.outbox.add(6)
    await gate.drain()
    Object.assign(gate.outbox, { closed, visits: gate.outbox.visits.slice(0, 4), acknowledged: [2] })
    gate.restart()
    expect(await gate.upload()).toEqual(uploaded)
    expect(gate.outbox.acked()).toBe(acked)
  })

  it('raises a fork when the platform asks for what lies beyond the log', async () => {
    gate.outbox.add(3)
    platform.next('visits', gap(9))
    expect(await gate.upload()).toEqual({ kind: 'fork', seq: 8 })
  })

  it.each<[string, Record<string, unknown>, number]>([
    ['names another hash', { hash: 'B'.repeat(43) }, 3],
    ['names the hash of another visit', { acked: 2 }, 2],
    ['holds more than the gate', { acked: 9 }, 4],
    ['holds nothing, with a hash', { acked: 0 }, 0],
  ])('raises a fork when a signed receipt %s', async (_how, payload, seq) => {
    gate.outbox.add(3)
    platform.next('visits', { kind: 'changed', payload })
    expect(await gate.upload()).toEqual({ kind: 'fork', seq })
    expect(gate.outbox.acknowledged).toEqual([])
  })

  it('sends again from where a receipt falls back to', async () => {
    gate.outbox.add(5)
    await gate.drain()
    gate.outbox.add(1)
    platform.next('visits', { kind: 'changed', payload: { acked: 2, hash: gate.outbox.hashOf(2) } })
    expect(await gate.upload()).toEqual({ kind: 'moved' })
    expect(gate.outbox.acked()).toBe(2)
    await gate.drain()
    expect(platform.batches().at(-1)).toEqual([3, 6])
    expect(gate.outbox.acked()).toBe(6)
  })

  it('sends all again to a platform that lost everything', async () => {
    gate.outbox.add(5)
    await gate.drain()
    gate.outbox.add(1)
    platform.shelf.restore(gate.outbox.log, 0)
    await gate.drain()
    expect(gate.held()).toEqual(gate.outbox.visits)
  })

  it('waits when the platform takes nothing', async () => {
    gate.outbox.add(5)
    platform.next('visits', { kind: 'changed', payload: { acked: 0, hash: 'A'.repeat(43) } })
    expect(await gate.upload()).toMatchObject({ kind: 'stuck', why: 'the platform took nothing beyond 0' })
    expect(gate.outbox.acknowledged).toEqual([])
  })

  it('records what the platform rejected, and goes on behind it', async () => {
    gate.outbox.add(4)
    platform.shelf.refused.add(2).add(3)
    await gate.drain()
    expect([...gate.outbox.rejected.values()]).toEqual([
      { seq: 2, code: 'bad-visit', detail: 'expected otherwise' },
      { seq: 3, code: 'bad-visit', detail: 'expected otherwise' },
    ])
    expect(gate.outbox.acked()).toBe(4)
    gate.outbox.add(1)
    await gate.drain()
    expect(platform.batches().at(-1)).toEqual([5, 5])
  })

  it('records no rejection of a visit that was not sent', async () => {
    gate.outbox.add(2)
    const bad = { code: 'bad-visit', detail: '' }
    const rejected = [-1, 0, 2, 3, 99].map((seq) => ({ seq, ...bad }))
    platform.next('visits', { kind: 'changed', reply: { rejected } })
    await gate.drain()
    expect([...gate.outbox.rejected.keys()]).toEqual([2])
  })

  const page = '<html>Please sign in</html>'
  it.each<[string, Scripted]>([
    ['the page of a captive portal', { kind: 'answer', status: 200, body: page }],
    ['nothing', { kind: 'answer', status: 200 }],
    ['an empty object', { kind: 'answer', status: 200, body: '{}' }],
    ['null', { kind: 'answer', status: 200, body: 'null' }],
    ['no receipt', { kind: 'answer', status: 200, body: '{"acked":3,"rejected":[]}' }],
    ['an empty receipt', { kind: 'changed', reply: { receipt: '' } }],
    ['a receipt that is no JWS', { kind: 'changed', reply: { receipt: 'a.b.c' } }],
    ['a receipt by another key', { kind: 'changed', by: 'stranger' }],
    ['a receipt for another device', { kind: 'changed', payload: { device: 'dev_9' } }],
    ['a receipt for another log', { kind: 'changed', payload: { log: randomUUID() } }],
    ['a receipt of another shape', { kind: 'changed', payload: { hash: 'short' } }],
    ['a receipt that says otherwise than the answer', { kind: 'changed', reply: { acked: 2 } }],
    ['a negative number', { kind: 'changed', payload: { acked: -1 } }],
    ['half an answer', { kind: 'lost' }],
    ['201', { kind: 'answer', status: 201, body: '{"acked":3,"rejected":[],"receipt":""}' }],
    ['202', { kind: 'answer', status: 202 }],
    ['204', { kind: 'answer', status: 204 }],
  ])('takes %s for no acknowledgement and sends again', async (_what, scripted) => {
    gate.outbox.add(3)
    platform.next('visits', scripted)
    expect(await gate.upload()).toMatchObject({ kind: 'failed' })
    expect(gate.outbox.acknowledged).toEqual([])
    await gate.drain()
    expect(gate.outbox.acked()).toBe(3)
    expect(gate.held()).toEqual(gate.outbox.visits)
  })

  it('takes a policy for no receipt, though the same key signed it', async () => {
    gate.outbox.add(3)
    platform.next('visits', { kind: 'changed', reply: { receipt: await platform.sign(platform.policy) } })
    expect(await gate.upload()).toMatchObject({ kind: 'failed' })
    expect(gate.outbox.acknowledged).toEqual([])
  })

  it.each<[number, Scripted]>([
    [5000, { kind: 'answer', status: 429, headers: { 'retry-after': '5' } }],
    [9000, { kind: 'answer', status: 503, headers: { 'retry-after': '9' } }],
    [0, { kind: 'answer', status: 500 }],
    [0, { kind: 'answer', status: 404, body: page }],
    [0, { kind: 'answer', status: 409, body: page }],
    [0, refusal(409, { code: 'gap', expected: 0 })],
    [0, refusal(403, { code: 'invalid' })],
  ])('keeps all and tries again, not sooner than in %d ms, after %j', async (waitMs, scripted) => {
    gate.outbox.add(3)
    platform.next('visits', scripted)
    expect(await gate.upload()).toMatchObject({ kind: 'failed', waitMs })
    await gate.drain()
    expect(gate.held()).toEqual(gate.outbox.visits)
  })

  it('tells a gate that was revoked, and keeps all', async () => {
    gate.outbox.add(3)
    platform.next('visits', refusal(403, { code: 'revoked', purge: true }))
    expect(await gate.upload()).toEqual({ kind: 'revoked', purge: true })
    expect(gate.outbox.acknowledged).toEqual([])
  })
})
