import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PlatformClock } from '../../sync/clock.ts'

const noon = Date.parse('2026-11-21T12:00:00.000Z')

/** The header that a platform sends whose clock is `offMs` ahead of the gate's. */
const header = (offMs: number) => new Date(Date.now() + offMs).toUTCString()
const offset = (clock: PlatformClock) => clock.now().getTime() - Date.now()

describe('the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout'], now: noon })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is the clock of the system until the platform is heard', () => {
    const clock = new PlatformClock()
    expect(clock.now().getTime()).toBe(noon)
    expect(clock.stamp()).toMatchObject({ source: 'system', offsetMs: 0 })
  })

  it('ignores what the cut to whole seconds and a short way explain', () => {
    const clock = new PlatformClock()
    for (const offMs of [0, 999, -999, 1400, -1400]) {
      clock.observe(header(offMs), 0)
      expect(clock.stamp()).toMatchObject({ source: 'platform', offsetMs: 0 })
    }
  })

  it.each([3_600_000, -3_600_000, 5000, -5000])('is corrected when the platform is %d ms away', (offMs) => {
    const clock = new PlatformClock()
    clock.observe(header(offMs), 0)
    expect(Math.abs(offset(clock) - offMs)).toBeLessThanOrEqual(500)
  })

  it('does not swing with the noise once it is corrected', () => {
    const clock = new PlatformClock()
    clock.observe(header(60_000), 0)
    const before = offset(clock)
    for (const noise of [700, -700, 1100]) clock.observe(header(60_000 + noise), 0)
    expect(offset(clock)).toBe(before)
  })

  it('drops its correction when the clock of the system was put right', () => {
    const clock = new PlatformClock()
    clock.observe(header(3_600_000), 0)
    vi.setSystemTime(noon + 3_600_000)
    clock.observe(header(0), 0)
    expect(offset(clock)).toBe(0)
  })

  it('blames no clock for what a slow way explains', () => {
    const clock = new PlatformClock()
    clock.observe(header(0), 18_000)
    expect(offset(clock)).toBe(0)
  })

  it('keeps its correction over an answer that took too long to tell', () => {
    const clock = new PlatformClock()
    clock.observe(header(8000), 0)
    const before = offset(clock)
    clock.observe(header(8000), 18_000)
    expect(offset(clock)).toBe(before)
  })

  it('drops its correction when someone sets the clock of the system right', () => {
    const clock = new PlatformClock()
    const years = 10 * 365 * 86_400_000
    clock.observe(header(years), 0)
    vi.advanceTimersByTime(60_000)
    vi.setSystemTime(noon + years + 60_000)
    expect(Math.abs(clock.now().getTime() - (noon + years + 60_000))).toBeLessThan(2000)
    expect(clock.stamp().offsetMs).toBe(0)
  })

  it('keeps its correction when the machine has slept', () => {
    const clock = new PlatformClock()
    const years = 10 * 365 * 86_400_000
    clock.observe(header(years), 0)
    const before = offset(clock)
    vi.setSystemTime(noon + 8 * 3_600_000)
    expect(offset(clock)).toBe(before)
  })

  it('takes no harm from a clock of the system that is moved during an exchange', () => {
    const clock = new PlatformClock()
    const there = header(0)
    vi.setSystemTime(noon - 3_600_000)
    clock.observe(there, 100)
    expect(Math.abs(clock.now().getTime() - noon)).toBeLessThanOrEqual(1000)
  })

  describe('that remembers when the platform was last heard', () => {
    const memory = (last = 0) => ({ last: () => last, keep: vi.fn() })

    it('is never earlier than that, though the system lost its time, and says that it did not hear the platform', () => {
      vi.setSystemTime(Date.parse('2011-01-01T00:00:00Z'))
      const clock = new PlatformClock({ heard: memory(noon) })
      expect(clock.now().getTime()).toBe(noon)
      vi.advanceTimersByTime(60_000)
      expect(clock.now().getTime()).toBe(noon + 60_000)
      expect(clock.stamp()).toMatchObject({ source: 'system', offsetMs: noon - Date.parse('2011-01-01T00:00:00Z') })
    })

    it('believes a later clock of the system', () => {
      const clock = new PlatformClock({ heard: memory(noon - 86_400_000) })
      expect(clock.stamp()).toMatchObject({ source: 'system', offsetMs: 0 })
    })

    it('goes back when the platform says so', () => {
      const clock = new PlatformClock({ heard: memory(noon + 86_400_000) })
      clock.observe(header(0), 0)
      expect(clock.stamp()).toMatchObject({ source: 'platform', offsetMs: 0 })
    })

    it('drops what it remembered when someone sets the clock of the system right', () => {
      vi.setSystemTime(Date.parse('2011-01-01T00:00:00Z'))
      const clock = new PlatformClock({ heard: memory(noon) })
      vi.setSystemTime(noon + 3_600_000)
      expect(clock.now().getTime()).toBe(noon + 3_600_000)
    })

    it('notes the time of the platform, once a minute at most', () => {
      const heard = memory()
      const clock = new PlatformClock({ heard })
      clock.observe('nonsense', 0)
      for (let i = 0; i < 3; i++) clock.observe(header(3_600_000), 0)
      vi.advanceTimersByTime(60_000)
      clock.observe(header(3_600_000), 0)
      expect(heard.keep.mock.calls).toEqual([[noon + 3_600_000], [noon + 3_660_000]])
    })
  })

  it.each([
    undefined,
    '',
    'nonsense',
    '1',
    'portal 5',
    '2020',
    'Fri, 99 Nov 2026 12:00:00 GMT',
    'Sat, 21 Nov 2026 13:00:00',
    '2026-11-21T13:00:00Z',
  ])('takes the header %j for nothing', (nonsense) => {
    const clock = new PlatformClock()
    clock.observe(nonsense, 0)
    expect(clock.stamp()).toMatchObject({ source: 'system', offsetMs: 0 })
  })

  it('stamps with one boot for its life, and with time that only grows', () => {
    const clock = new PlatformClock()
    const first = clock.stamp()
    vi.setSystemTime(noon - 3_600_000)
    const second = clock.stamp()
    expect(second.boot).toBe(first.boot)
    expect(second.upMs).toBeGreaterThanOrEqual(first.upMs)
    expect(new PlatformClock().stamp().boot).not.toBe(first.boot)
  })
})
