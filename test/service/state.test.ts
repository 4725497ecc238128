import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Latest } from '../../service/state.ts'

describe('the latest value', () => {
  it('comes at once, and again after every change', async () => {
    let value = 1
    const latest = new Latest(() => value)
    const values = latest.watch(undefined)
    expect((await values.next()).value).toBe(1)
    const next = values.next()
    value = 2
    latest.changed()
    expect((await next).value).toBe(2)
    await values.return()
  })

  it('is all that a slow reader gets of many changes', async () => {
    let value = 1
    const latest = new Latest(() => value)
    const values = latest.watch(undefined)
    await values.next()
    for (value = 2; value < 100; value++) latest.changed()
    latest.changed()
    expect((await values.next()).value).toBe(100)
    await values.return()
  })

  it('comes again every five seconds without a change, so that a reader can tell silence from a service that hangs', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const values = new Latest(() => 'same').watch(undefined)
    await values.next()
    const beat = values.next()
    await vi.advanceTimersByTimeAsync(5000)
    expect((await beat).value).toBe('same')
    await values.return()
  })

  it('ends when its reader goes away', async () => {
    const reader = new AbortController()
    const values = new Latest(() => 1).watch(reader.signal)
    await values.next()
    const next = values.next()
    reader.abort()
    expect((await next).done).toBe(true)
  })
})
