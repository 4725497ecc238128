import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PlatformClient } from '../../sync/client.ts'
import type { Enrolment } from '../../sync/enrolment.ts'
import { maxBatchBytes } from '../../sync/protocol.ts'
import type { Uploaded, Uploader } from '../../sync/uploader.ts'
import { uploaderOf } from './gate.ts'
import { type Scripted, ScriptedPlatform } from './scripted-platform.ts'
import { MemoryOutbox, nextVisit } from './visits.ts'

const refusal = (status: number, body: unknown): Scripted => ({ kind: 'answer', status, body: JSON.stringify(body) })
const gap = (expected: number) => refusal(409, { code: 'gap', expected })

describe('the upload', () => {
  let platform: ScriptedPlatform
  let enrolment: Enrolment
  let outbox: MemoryOutbox
  let client: PlatformClient
  let uploader: Uploader

  beforeEach(async () => {
    platform = await ScriptedPlatform.start()
    enrolment = await platform.enrol()
    begin(new MemoryOutbox())
  })
  afterEach(async () => {
    client.close()
    await platform.close()
  })

  function begin(log: MemoryOutbox) {
    outbox = log
    ;({ client, uploader } = uploaderOf(enrolment, outbox))
  }

  /** Uploads until there is nothing more to send, at most `turns` times. */
  async function drain(turns = 40): Promise<Uploaded[]> {
    const all: Uploaded[] = []
    while (all.length < turns) {
      const uploaded = await uploader.upload()
      if (uploaded.kind === 'nothing') return all
      all.push(uploaded)
    }
    return all
  }

  const held = () => platform.shelf.held(outbox.log)

  it('sends nothing when there is nothing', async () => {
    expect(await uploader.upload()).toEqual({ kind: 'nothing' })
    expect(platform.requests).toHaveLength(0)
  })

  it('sends a batch in the shape of the protocol', async () => {
    outbox.add(2)
    expect(await uploader.upload()).toEqual({ kind: 'acknowledged', acked: 2 })
    const [sent] = platform.to('visits')
    expect(sent?.batch).toEqual({ log: outbox.log, first: 1, visits: outbox.visits })
    expect(sent?.headers).toMatchObject({ 'content-type': 'application/json', 'content-encoding': 'gzip' })
    expect(outbox.acked()).toBe(2)
  })

  it('sends a long log in order, in batches of 500', async () => {
    outbox.add(1201)
    await drain()
    expect(platform.batches()).toEqual([
      [1, 500],
      [501, 1000],
      [1001, 1201],
    ])
    expect(held()).toEqual(outbox.visits)
    expect(outbox.acknowledged).toEqual([500, 1000, 1201])
  })

  it('goes on where the platform was when the gate starts again', async () => {
    outbox.add(3)
    await drain()
    outbox.add(2)
    ;({ client, uploader } = uploaderOf(enrolment, outbox))
    await drain()
    expect(platform.batches()).toEqual([
      [1, 3],
      [4, 5],
    ])
  })

  it('never sends a body of more than 1 MiB', async () => {
    outbox.add(500, 4000)
    await drain()
    expect(held()).toHaveLength(500)
    expect(Math.max(...platform.to('visits').map(({ body }) => body.length))).toBeLessThanOrEqual(maxBatchBytes)
    expect(platform.batches()[0]?.[1]).toBeGreaterThan(100)
  })

  it('halves the batch while the platform finds it too large, then grows again', async () => {
    outbox.add(1500)
    platform.next('visits', refusal(413, { code: 'too-large' }), { kind: 'answer', status: 413, body: '<html>' })
    await drain()
    const sizes = platform.batches().map(([first, last]) => last - first + 1)
    expect(sizes).toEqual([500, 250, 125, 250, 500, 500, 125])
    expect(held()).toHaveLength(1500)
  })

  it('does not spin on one visit that is too large', async () => {
    outbox.add(1)
    platform.next('visits', { kind: 'answer', status: 413 })
    expect(await uploader.upload()).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('one visit too large'),
    })
  })

  it.each(['cut', 'lost'] as const)(
    'halves the batch after a %s connection: the link may be too slow',
    async (kind) => {
      outbox.add(400)
      platform.next('visits', { kind })
      await drain()
      const sizes = platform.batches().map(([first, last]) => last - first + 1)
      expect(sizes.slice(0, 2)).toEqual([400, 200])
      expect(held()).toEqual(outbox.visits)
      expect(outbox.acked()).toBe(400)
    },
  )

  it('goes back when the platform asks for earlier visits', async () => {
    outbox.add(6)
    await drain()
    platform.shelf.restore(outbox.log, 2)
    outbox.add(1)
    expect(await drain()).toEqual([{ kind: 'moved' }, { kind: 'acknowledged', acked: 7 }])
    expect(platform.batches().at(-1)).toEqual([3, 7])
    expect(held()).toEqual(outbox.visits)
  })

  it('goes ahead when the platform asks for later visits', async () => {
    outbox.add(6)
    await drain()
    outbox.acknowledged.length = 0
    outbox.add(2)
    begin(outbox)
    platform.next('visits', gap(7))
    expect(await drain()).toEqual([{ kind: 'moved' }, { kind: 'acknowledged', acked: 8 }])
    expect(platform.batches().at(-1)).toEqual([7, 8])
  })

  it('takes no word for what it holds: without a receipt the last visit is sent again', async () => {
    outbox.add(3)
    platform.next('visits', { kind: 'lost' }, gap(4))
    await drain()
    expect(outbox.acked()).toBe(3)
    expect(held()).toEqual(outbox.visits)
  })

  it('waits when the platform asks for what it was just sent', async () => {
    outbox.add(3)
    platform.next('visits', gap(1))
    expect(await uploader.upload()).toMatchObject({ kind: 'failed', why: expect.stringContaining('asks for 1') })
  })

  it('raises a fork when the platform says so', async () => {
    outbox.add(3)
    platform.next('visits', refusal(409, { code: 'fork', seq: 2 }))
    expect(await uploader.upload()).toEqual({ kind: 'fork', seq: 2 })
  })

  it('raises a fork when the platform holds another visit', async () => {
    outbox.add(3)
    await drain()
    const twin = nextVisit(outbox.visits[2])
    outbox.visits.push(twin)
    platform.shelf.put({ log: outbox.log, first: 4, visits: [nextVisit(outbox.visits[2])] })
    expect(await uploader.upload()).toEqual({ kind: 'fork', seq: 4 })
  })

  it('raises a fork when the platform asks for what lies beyond the log', async () => {
    outbox.add(3)
    platform.next('visits', gap(9))
    expect(await uploader.upload()).toEqual({ kind: 'fork', seq: 8 })
  })

  it.each<[string, Record<string, unknown>, number]>([
    ['names another hash', { hash: 'B'.repeat(43) }, 3],
    ['names the hash of another visit', { acked: 2 }, 2],
    ['holds more than the gate', { acked: 9 }, 4],
    ['holds nothing, with a hash', { acked: 0 }, 0],
  ])('raises a fork when a signed receipt %s', async (_how, payload, seq) => {
    outbox.add(3)
    platform.next('visits', { kind: 'changed', payload })
    expect(await uploader.upload()).toEqual({ kind: 'fork', seq })
    expect(outbox.acknowledged).toEqual([])
  })

  it('sends again from where a receipt falls back to', async () => {
    outbox.add(5)
    await drain()
    outbox.add(1)
    platform.next('visits', { kind: 'changed', payload: { acked: 2, hash: outbox.hashOf(2) } })
    expect(await uploader.upload()).toEqual({ kind: 'moved' })
    expect(outbox.acked()).toBe(2)
    await drain()
    expect(platform.batches().at(-1)).toEqual([3, 6])
    expect(outbox.acked()).toBe(6)
  })

  it('sends all again to a platform that lost everything', async () => {
    outbox.add(5)
    await drain()
    outbox.add(1)
    platform.shelf.restore(outbox.log, 0)
    await drain()
    expect(held()).toEqual(outbox.visits)
  })

  it('waits when the platform takes nothing', async () => {
    outbox.add(5)
    platform.next('visits', { kind: 'changed', payload: { acked: 0, hash: 'A'.repeat(43) } })
    expect(await uploader.upload()).toMatchObject({ kind: 'failed', why: 'the platform took nothing beyond 0' })
    expect(outbox.acknowledged).toEqual([])
  })

  it('records what the platform rejected, and goes on behind it', async () => {
    outbox.add(4)
    platform.shelf.refused.add(2).add(3)
    await drain()
    expect([...outbox.rejected.values()]).toEqual([
      { seq: 2, code: 'bad-visit', detail: 'expected otherwise' },
      { seq: 3, code: 'bad-visit', detail: 'expected otherwise' },
    ])
    expect(outbox.acked()).toBe(4)
    outbox.add(1)
    await drain()
    expect(platform.batches().at(-1)).toEqual([5, 5])
  })

  it('records no rejection of a visit that was not sent', async () => {
    outbox.add(2)
    const bad = { code: 'bad-visit', detail: '' }
    const rejected = [-1, 0, 2, 3, 99].map((seq) => ({ seq, ...bad }))
    platform.next('visits', { kind: 'changed', reply: { rejected } })
    await drain()
    expect([...outbox.rejected.keys()]).toEqual([2])
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
    outbox.add(3)
    platform.next('visits', scripted)
    expect(await uploader.upload()).toMatchObject({ kind: 'failed' })
    expect(outbox.acknowledged).toEqual([])
    await drain()
    expect(outbox.acked()).toBe(3)
    expect(held()).toEqual(outbox.visits)
  })

  it('takes a policy for no receipt, though the same key signed it', async () => {
    outbox.add(3)
    platform.next('visits', { kind: 'changed', reply: { receipt: await platform.sign(platform.policy) } })
    expect(await uploader.upload()).toMatchObject({ kind: 'failed' })
    expect(outbox.acknowledged).toEqual([])
  })

  it.each<[number, Scripted]>([
    [5000, { kind: 'answer', status: 429, headers: { 'retry-after': '5' } }],
    [9000, { kind: 'answer', status: 503, headers: { 'retry-after': '9' } }],
    [0, { kind: 'answer', status: 500 }],
    [0, { kind: 'answer', status: 404, body: page }],
    [0, { kind: 'answer', status: 409, body: page }],
    [0, refusal(409, { code: 'gap', expected: 0 })],
    [0, refusal(403, { code: 'invalid' })],
    [0, refusal(422, { code: 'invalid' })],
  ])('keeps all and tries again, not sooner than in %d ms, after %j', async (waitMs, scripted) => {
    outbox.add(3)
    platform.next('visits', scripted)
    expect(await uploader.upload()).toMatchObject({ kind: 'failed', waitMs })
    await drain()
    expect(held()).toEqual(outbox.visits)
  })

  it('tells a gate that was revoked, and keeps all', async () => {
    outbox.add(3)
    platform.next('visits', refusal(403, { code: 'revoked', purge: true }))
    expect(await uploader.upload()).toEqual({ kind: 'revoked' })
    expect(outbox.acknowledged).toEqual([])
  })
})
