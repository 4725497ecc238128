import { describe, expect, it, onTestFinished } from 'vitest'
import { Store } from '../../../service/store/index.ts'
import { filled } from './drafts.ts'

describe('the exchange record', () => {
  it('tells where each visit stands', () => {
    const { store } = filled(5)
    store.exchange.acknowledge(3, [{ seq: 2, code: 'bad-visit', detail: 'no' }])
    const standing = store.listed(1, 10).map(({ seq, platform }) => [seq, platform])
    expect(standing).toEqual([
      [1, 'acknowledged'],
      [2, 'rejected'],
      [3, 'acknowledged'],
      [4, 'waiting'],
      [5, 'waiting'],
    ])
    expect(store.listed(2, 2).map(({ platform }) => platform)).toEqual(['rejected', 'acknowledged'])
    expect(store.listed(6, 10)).toEqual([])
  })

  it('follows a platform that falls back, and keeps what it refused', () => {
    const { store } = filled(5)
    store.exchange.acknowledge(5, [{ seq: 2, code: 'bad-visit', detail: 'first' }])
    store.exchange.acknowledge(1, [{ seq: 2, code: 'bad-visit', detail: 'second' }])
    expect(store.listed(1, 10).map(({ platform }) => platform)).toEqual([
      'acknowledged',
      'rejected',
      'waiting',
      'waiting',
      'waiting',
    ])
    expect(store.exchange.rejected(1, 5)).toEqual([{ seq: 2, code: 'bad-visit', detail: 'second' }])
  })

  it('takes no notice of a refused number that no visit has', () => {
    const { store } = filled(2)
    store.exchange.acknowledge(2, [{ seq: 99, code: 'bad-visit', detail: 'never sent' }])
    expect(store.exchange.log().acked).toBe(2)
    expect(store.exchange.rejected(1, 100)).toEqual([])
  })

  it('outlives a restart, with the policy', () => {
    const { store, dir } = filled(4)
    expect(store.exchange.policy()).toBeUndefined()
    store.exchange.acknowledge(3, [{ seq: 3, code: 'bad-visit', detail: 'no' }])
    store.exchange.keepPolicy(1, 'one')
    store.exchange.keepPolicy(2, 'two')
    const { id } = store.exchange.log()
    store.close()
    const again = Store.open(dir, 'read')
    if (typeof again === 'string') throw new Error(again)
    onTestFinished(() => again.close())
    expect(again.exchange.log()).toEqual({ id, acked: 3 })
    expect(again.exchange.policy()).toEqual({ version: 2, jws: 'two' })
    expect(again.listed(3, 1)[0]?.platform).toBe('rejected')
  })

  it('shows the upload the log as it is', () => {
    const { store } = filled(3)
    const outbox = store.outbox(() => {})
    outbox.acknowledge(2, [])
    expect([outbox.log, outbox.acked(), outbox.last()]).toEqual([store.exchange.log().id, 2, 3])
    expect(outbox.read(3, 500)).toEqual(store.visits.read(3, 1))
    expect(outbox.hashOf(3)).toBe(store.visits.hashOf(3))
  })
})
