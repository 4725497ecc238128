import { pino } from 'pino'
import { describe, expect, it, vi } from 'vitest'
import { Lane } from '../../service/lane.ts'
import { builtInSite } from '../../service/site.ts'
import { PlatformClock } from '../../sync/clock.ts'
import { cccdExamples } from '../support/examples.ts'
import { cccdOf } from '../support/people.ts'
import { fakeTime, makeLane, outcomes } from './make-lane.ts'

describe('the screen of a lane', () => {
  it.each([
    ['admitted', 1200, cccdOf(1)],
    ['warned', 2500, cccdExamples.card2021.replace('|Nam|', '|Nữ|')],
    ['denied', 3000, 'nonsense'],
  ])('shows an outcome of %s for %d ms and then goes idle by itself', async (outcome, ms, code) => {
    fakeTime()
    const { lane, read, screens } = makeLane()
    await read(code)
    vi.advanceTimersByTime(ms - 1)
    expect(lane.state.screen).toMatchObject({ kind: 'verdict', verdict: { outcome } })
    vi.advanceTimersByTime(1)
    expect(lane.state.screen).toEqual({ kind: 'idle' })
    expect(outcomes(screens)).toEqual(['idle', outcome, 'idle'])
  })

  it('gives the next person the whole time', async () => {
    fakeTime()
    const { lane, read } = makeLane()
    await read(cccdOf(1))
    vi.advanceTimersByTime(1000)
    await read(cccdOf(2))
    vi.advanceTimersByTime(1000)
    expect(lane.state.screen).toMatchObject({ kind: 'verdict', verdict: { visit: { seq: 2 } } })
  })

  it('asks to try again when a message is longer than any code, and stores nothing', () => {
    fakeTime()
    const { lane, store } = makeLane()
    lane.misread('usb', 'overlong')
    expect(lane.state.screen).toEqual({ kind: 'retry' })
    vi.advanceTimersByTime(2000)
    expect(lane.state.screen).toEqual({ kind: 'idle' })
    expect(store.visits.last()).toBe(0)
  })

  it('says that there is no reader, or that the reader was lost', () => {
    const { lane } = makeLane()
    const screenWith = (kind: 'absent' | 'open') => {
      lane.readerState('usb', { kind })
      return lane.state.screen
    }
    expect(screenWith('absent')).toEqual({ kind: 'fault', fault: 'reader-lost' })
    expect(screenWith('open')).toEqual({ kind: 'idle' })
    const fresh = new Lane(
      { id: 'a', name: 'A', direction: 'in', readers: [], outputs: [] },
      {
        visits: { append: vi.fn(), person: vi.fn(), lastPassage: vi.fn() },
        clock: new PlatformClock(),
        log: pino({ level: 'silent' }),
        outputs: { signal: () => {}, states: () => [] },
        site: () => builtInSite(new Uint8Array()),
        enrol: () => null,
        changed: () => {},
        stored: () => {},
        cannotStore: () => {},
      },
    )
    expect(fresh.state.screen).toEqual({ kind: 'fault', fault: 'no-reader' })
  })

  it('stays idle while one of two readers is open', () => {
    const { lane } = makeLane()
    lane.readerState('demo', { kind: 'failed', why: 'busy' })
    expect(lane.state.screen).toEqual({ kind: 'idle' })
    expect(lane.state.readers.map(({ state }) => state.kind)).toEqual(['open', 'failed'])
  })

  it('leaves no timer behind when the lane is stopped amid a reading', async () => {
    fakeTime()
    const { lane, read, store } = makeLane()
    const answered = read(cccdOf(1))
    await lane.stop()
    await answered
    expect(store.visits.last()).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a lane that cannot store', () => {
  it('shows its fault and no verdict, and lets people through again after the next good visit', async () => {
    const { lane, read, store, refuseWrites, screens } = makeLane()
    await read(cccdOf(1))
    refuseWrites(true)
    for (const n of [2, 3]) await read(cccdOf(n))
    expect(lane.state.screen).toEqual({ kind: 'fault', fault: 'cannot-store' })
    expect(store.visits.last()).toBe(1)
    refuseWrites(false)
    expect(lane.state.screen).toEqual({ kind: 'fault', fault: 'cannot-store' })
    await read(cccdOf(4))
    expect(lane.state.screen).toMatchObject({ kind: 'verdict', verdict: { outcome: 'admitted', visit: { seq: 2 } } })
    expect(outcomes(screens)).toEqual(['idle', 'admitted', 'fault', 'fault', 'admitted'])
    expect(store.verify()).toEqual({ kind: 'ok', visits: 2 })
  })

  it('takes the verdict before it off the screen', async () => {
    fakeTime()
    const { lane, read, refuseWrites } = makeLane()
    await read(cccdOf(1))
    refuseWrites(true)
    await read(cccdOf(2))
    lane.misread('usb', 'overlong')
    expect(lane.state.screen).toEqual({ kind: 'fault', fault: 'cannot-store' })
    vi.advanceTimersByTime(10_000)
    expect(lane.state.screen).toEqual({ kind: 'fault', fault: 'cannot-store' })
  })

  it('logs why, and nothing of the person', async () => {
    const { read, refuseWrites, lines } = makeLane()
    refuseWrites(true)
    await read(cccdExamples.card2021)
    const text = lines.join('')
    expect(text).toContain('readonly')
    for (const secret of ['Mẫu', '001090', '000001', 'Nguyễn']) expect(text).not.toContain(secret)
  })
})
