import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { maxBatchBytes } from '../../sync/protocol.ts'
import { UploadingGate } from './gate.ts'
import { type Scripted, ScriptedPlatform } from './scripted-platform.ts'
import { MemoryOutbox } from './visits.ts'

const refusal = (status: number, body: unknown): Scripted => ({ kind: 'answer', status, body: JSON.stringify(body) })
const gap = (expected: number) => refusal(409, { code: 'gap', expected })

describe('the upload of batches', () => {
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

  it('sends nothing when there is nothing', async () => {
    expect(await gate.upload()).toEqual({ kind: 'nothing' })
    expect(platform.requests).toHaveLength(0)
  })

  it('sends a batch in the shape of the protocol', async () => {
    gate.outbox.add(2)
    expect(await gate.upload()).toEqual({ kind: 'acknowledged', acked: 2 })
    const [sent] = platform.to('visits')
    expect(sent?.batch).toEqual({ log: gate.outbox.log, first: 1, visits: gate.outbox.visits })
    expect(sent?.headers).toMatchObject({ 'content-type': 'application/json', 'content-encoding': 'gzip' })
    expect(gate.outbox.acked()).toBe(2)
  })

  it('sends a long log in order, in batches of 500', async () => {
    gate.outbox.add(1201)
    await gate.drain()
    expect(platform.batches()).toEqual([
      [1, 500],
      [501, 1000],
      [1001, 1201],
    ])
    expect(gate.held()).toEqual(gate.outbox.visits)
    expect(gate.outbox.acknowledged).toEqual([500, 1000, 1201])
  })

  it('reads a batch in small pages, and lets others in between', async () => {
    gate.outbox.add(500)
    let [turn, ended] = [0, false]
    const count = () => {
      turn++
      if (!ended) setImmediate(count)
    }
    setImmediate(count)
    const reads = vi.spyOn(gate.outbox, 'read')
    const turns: number[] = []
    const { read } = MemoryOutbox.prototype
    reads.mockImplementation((first, limit) => {
      turns.push(turn)
      return read.call(gate.outbox, first, limit)
    })
    await gate.upload()
    ended = true
    expect(reads.mock.calls.every(([, limit]) => limit <= 50)).toBe(true)
    expect(turns).toHaveLength(10)
    expect(new Set(turns).size).toBe(10)
    expect(gate.held()).toEqual(gate.outbox.visits)
  })

  it('goes on where the platform was when the gate starts again', async () => {
    gate.outbox.add(3)
    await gate.drain()
    gate.outbox.add(2)
    gate.restart()
    await gate.drain()
    expect(platform.batches()).toEqual([
      [1, 3],
      [4, 5],
    ])
  })

  it('never sends a body of more than 1 MiB', async () => {
    gate.outbox.add(500, 4000)
    await gate.drain()
    expect(gate.held()).toHaveLength(500)
    expect(Math.max(...platform.to('visits').map(({ body }) => body.length))).toBeLessThanOrEqual(maxBatchBytes)
    expect(platform.batches()[0]?.[1]).toBeGreaterThan(100)
  })

  it('halves the batch while the platform finds it too large, then grows again', async () => {
    gate.outbox.add(1500)
    platform.next('visits', refusal(413, { code: 'too-large' }), { kind: 'answer', status: 413, body: '<html>' })
    await gate.drain()
    const sizes = platform.batches().map(([first, last]) => last - first + 1)
    expect(sizes).toEqual([500, 250, 125, 250, 500, 500, 125])
    expect(gate.held()).toHaveLength(1500)
  })

  it('does not spin on one visit that is too large', async () => {
    gate.outbox.add(1)
    platform.next('visits', { kind: 'answer', status: 413 })
    expect(await gate.upload()).toMatchObject({
      kind: 'stuck',
      why: expect.stringContaining('one visit too large'),
    })
  })

  it.each(['cut', 'lost'] as const)(
    'halves the batch after a %s connection: the link may be too slow',
    async (kind) => {
      gate.outbox.add(400)
      platform.next('visits', { kind })
      await gate.drain()
      const sizes = platform.batches().map(([first, last]) => last - first + 1)
      expect(sizes.slice(0, 2)).toEqual([400, 200])
      expect(gate.held()).toEqual(gate.outbox.visits)
      expect(gate.outbox.acked()).toBe(400)
    },
  )

  it('goes back when the platform asks for earlier visits', async () => {
    gate.outbox.add(6)
    await gate.drain()
    platform.shelf.restore(gate.outbox.log, 2)
    gate.outbox.add(1)
    expect(await gate.drain()).toEqual([{ kind: 'moved' }, { kind: 'acknowledged', acked: 7 }])
    expect(platform.batches().at(-1)).toEqual([3, 7])
    expect(gate.held()).toEqual(gate.outbox.visits)
  })

  it('goes ahead when the platform asks for later visits', async () => {
    gate.outbox.add(6)
    await gate.drain()
    gate.outbox.acknowledged.length = 0
    gate.outbox.add(2)
    gate.restart()
    platform.next('visits', gap(7))
    expect(await gate.drain()).toEqual([{ kind: 'moved' }, { kind: 'acknowledged', acked: 8 }])
    expect(platform.batches().at(-1)).toEqual([7, 8])
  })

  it('takes no word for what it holds: without a receipt the last visit is sent again', async () => {
    gate.outbox.add(3)
    platform.next('visits', { kind: 'lost' }, gap(4))
    await gate.drain()
    expect(gate.outbox.acked()).toBe(3)
    expect(gate.held()).toEqual(gate.outbox.visits)
  })

  it('waits when the platform asks for what it was just sent', async () => {
    gate.outbox.add(3)
    platform.next('visits', gap(1))
    expect(await gate.upload()).toMatchObject({ kind: 'stuck', why: expect.stringContaining('asks for 1') })
  })
})
