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
      clock.observe(header(offMs), Date.now())
      expect(clock.stamp()).toMatchObject({ source: 'platform', offsetMs: 0 })
    }
  })

  it.each([3_600_000, -3_600_000, 5000, -5000])('is corrected when the platform is %d ms away', (offMs) => {
    const clock = new PlatformClock()
    clock.observe(header(offMs), Date.now())
    expect(Math.abs(offset(clock) - offMs)).toBeLessThanOrEqual(500)
  })

  it('does not swing with the noise once it is corrected', () => {
    const clock = new PlatformClock()
    clock.observe(header(60_000), Date.now())
    const before = offset(clock)
    for (const noise of [700, -700, 1100]) clock.observe(header(60_000 + noise), Date.now())
    expect(offset(clock)).toBe(before)
  })

  it('drops its correction when the clock of the system was put right', () => {
    const clock = new PlatformClock()
    clock.observe(header(3_600_000), Date.now())
    vi.setSystemTime(noon + 3_600_000)
    clock.observe(header(0), Date.now())
    expect(offset(clock)).toBe(0)
  })

  it('blames no clock for what a slow way explains', () => {
    const clock = new PlatformClock()
    const sentAt = Date.now()
    vi.setSystemTime(noon + 18_000)
    clock.observe(header(0), sentAt)
    expect(offset(clock)).toBe(0)
  })

  it('keeps its correction over an answer that took too long to tell', () => {
    const clock = new PlatformClock()
    clock.observe(header(8000), Date.now())
    const before = offset(clock)
    const sentAt = Date.now()
    vi.advanceTimersByTime(18_000)
    clock.observe(header(8000), sentAt)
    expect(offset(clock)).toBe(before)
  })

  it('drops its correction when someone sets the clock of the system right', () => {
    const clock = new PlatformClock()
    const years = 10 * 365 * 86_400_000
    clock.observe(header(years), Date.now())
    vi.advanceTimersByTime(60_000)
    vi.setSystemTime(noon + years + 60_000)
    expect(Math.abs(clock.now().getTime() - (noon + years + 60_000))).toBeLessThan(2000)
    expect(clock.stamp().offsetMs).toBe(0)
  })

  it('keeps its correction when the machine has slept', () => {
    const clock = new PlatformClock()
    const years = 10 * 365 * 86_400_000
    clock.observe(header(years), Date.now())
    const before = offset(clock)
    vi.setSystemTime(noon + 8 * 3_600_000)
    expect(offset(clock)).toBe(before)
  })

  it('learns nothing from an answer during which the clock of the system was moved', () => {
    const clock = new PlatformClock()
    const sentAt = Date.now() + 3_600_000
    clock.observe(header(0), sentAt)
    expect(offset(clock)).toBe(0)
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
    clock.observe(nonsense, Date.now())
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
