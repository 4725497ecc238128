import fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { gapMs, Pulse } from '../../drivers/outputs/pulse.ts'

const pulseMs = 300

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
})

/** A contact, and what happened to it and when, in milliseconds from the start. */
function contact(answer: (what: string) => Promise<void> = async () => {}) {
  const from = performance.now()
  const told: string[] = []
  const tell = (what: string) => void told.push(`${Math.round(performance.now() - from)} ${what}`)
  const act = (what: string) => () => {
    tell(what)
    return answer(what)
  }
  const pulse = new Pulse({ close: act('closed'), open: act('opened') }, pulseMs, {
    lost: (why) => tell(`lost: ${why}`),
    dropped: () => tell('dropped'),
  })
  return { pulse, told }
}

describe('a pulse', () => {
  it('closes the contact for its time, once for a passage', async () => {
    const { pulse, told } = contact()
    pulse.start()
    await vi.advanceTimersByTimeAsync(5000)
    pulse.start()
    await vi.advanceTimersByTimeAsync(5000)
    expect(told).toEqual(['0 closed', '300 opened', '5000 closed', '5300 opened'])
  })

  it('is followed, after a gap, by the one of the second person, and a third one is dropped', async () => {
    const { pulse, told } = contact()
    pulse.start()
    await vi.advanceTimersByTimeAsync(100)
    pulse.start()
    pulse.start()
    await vi.advanceTimersByTimeAsync(5000)
    expect(told).toEqual(['0 closed', '100 dropped', '300 opened', '600 closed', '900 opened'])
  })

  it('lasts its time from when the board took the command', async () => {
    const { pulse, told } = contact((what) =>
      what === 'closed' ? new Promise((resolve) => setTimeout(resolve, 50)) : Promise.resolve(),
    )
    pulse.start()
    await vi.advanceTimersByTimeAsync(5000)
    expect(told).toEqual(['0 closed', '350 opened'])
  })

  it.each(['closed', 'opened'])('is lost, once, when the contact cannot be %s, and begins no other', async (fails) => {
    const { pulse, told } = contact(async (what) => {
      if (what === fails) throw new Error('cable cut')
    })
    pulse.start()
    pulse.start()
    await vi.advanceTimersByTimeAsync(5000)
    pulse.start()
    await pulse.stop()
    expect(told.at(-1)).toMatch(/lost: cable cut/)
    expect(told.filter((what) => what.includes('lost'))).toHaveLength(1)
  })

  it('ends at once when it is stopped, and begins no other', async () => {
    const { pulse, told } = contact()
    pulse.start()
    pulse.start()
    await vi.advanceTimersByTimeAsync(100)
    await pulse.stop()
    pulse.start()
    await vi.advanceTimersByTimeAsync(5000)
    expect(told).toEqual(['0 closed'])
  })

  it('tells of no loss once it is being stopped', async () => {
    const answer = Promise.withResolvers<void>()
    const { pulse, told } = contact(() => answer.promise)
    pulse.start()
    const stopped = pulse.stop()
    answer.reject(new Error('cable cut'))
    await stopped
    expect(told).toEqual(['0 closed'])
  })

  it('never overlaps another, is never shorter or longer than set, and keeps its distance, however people come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(700), { maxLength: 30 }), async (waits) => {
        const { pulse, told } = contact()
        for (const wait of waits) {
          pulse.start()
          await vi.advanceTimersByTimeAsync(wait)
        }
        await vi.advanceTimersByTimeAsync(5000)
        const steps = told.filter((what) => !what.endsWith('dropped')).map((what) => what.split(' '))
        expect(steps.map(([, what]) => what)).toEqual(steps.map((_, i) => (i % 2 === 0 ? 'closed' : 'opened')))
        const times = steps.map(([at]) => Number(at))
        for (const [i, at] of times.slice(1).entries()) {
          const since = at - (times[i] ?? 0)
          if (i % 2 === 0) expect(since).toBe(pulseMs)
          else expect(since).toBeGreaterThanOrEqual(gapMs)
        }
        const dropped = told.length - steps.length
        expect(steps.length / 2 + dropped).toBe(waits.length)
      }),
      { numRuns: 50 },
    )
  })
})
