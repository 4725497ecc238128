import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { DeviceInfo } from '../../drivers/readers/driver.ts'
import { serialReader, standIn, supervise, unknownUsb, usb } from './supervise.ts'

const anyReader = serialReader('any', '*')
const path = '/dev/ttyUSB0'
const inSocket = (port: string, vendorId = '1a86'): DeviceInfo => {
  return { kind: 'serial', id: path, path, usb: { ...unknownUsb, vendorId, port } }
}

describe('the supervisor, between its attempts,', () => {
  it('waits longer and longer between attempts, up to ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const attempts: number[] = []
    const { driver } = standIn(async () => {
      attempts.push(performance.now())
      throw new Error('busy')
    })
    const { supervisor } = supervise([anyReader], { drivers: [driver], list: async () => [usb('/dev/ttyACM0')] })
    await supervisor.start()
    await vi.advanceTimersByTimeAsync(60_000)
    const pauses = attempts.slice(1).map((at, i) => Math.round((at - (attempts[i] ?? 0)) / 1000))
    expect(pauses.slice(0, 6)).toEqual([1, 1, 2, 4, 8, 10])
    expect(Math.max(...pauses)).toBe(10)
    await supervisor.stop()
  })

  it.each<[string, DeviceInfo[][]]>([
    ['is back after it was seen to be absent', [[], [inSocket('1-2')]]],
    ['is in another socket', [[inSocket('1-3')]]],
    ['is another make on the same path', [[inSocket('1-2', '0c2e')]]],
  ])('tries a device again at once that failed for long and now %s', async (_what, rounds) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    let attempts = 0
    const { driver } = standIn(async () => {
      attempts++
      throw new Error('busy')
    })
    let devices = [inSocket('1-2')]
    const { supervisor } = supervise([anyReader], { drivers: [driver], list: async () => devices })
    await supervisor.start()
    await vi.advanceTimersByTimeAsync(60_000)
    // Just after an attempt: the next one is 10 s away.
    const before = attempts
    while (attempts === before) await vi.advanceTimersByTimeAsync(100)
    for (const listed of rounds) {
      devices = listed
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(attempts).toBe(before + 2)
    await vi.advanceTimersByTimeAsync(1000)
    expect(attempts).toBe(before + 3)
    // And from here on the pauses grow as ever.
    await vi.advanceTimersByTimeAsync(15_000)
    expect(attempts).toBe(before + 7)
    await supervisor.stop()
  })

  it('tries again soon what was open for long, and later and later what is lost soon', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { driver, lose, calls } = standIn()
    const { supervisor } = supervise([anyReader], { drivers: [driver], list: async () => [usb('/dev/ttyACM0')] })
    await supervisor.start()
    const openings = () => calls.filter((call) => call.startsWith('open')).length
    const secondsUntilOpen = async () => {
      const [before, from] = [openings(), performance.now()]
      lose.get('/dev/ttyACM0')?.()
      while (openings() === before) await vi.advanceTimersByTimeAsync(500)
      return Math.round((performance.now() - from) / 1000)
    }
    const soon: number[] = []
    for (let i = 0; i < 5; i++) soon.push(await secondsUntilOpen())
    expect(soon).toEqual([1, 1, 2, 4, 8])
    await vi.advanceTimersByTimeAsync(11_000)
    expect(await secondsUntilOpen()).toBe(1)
    await supervisor.stop()
  })
})
