import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { respawnPause, supervise } from '../../main/supervisor.ts'
import { ServiceStandIn } from './stand-in.ts'

function supervised() {
  const born: ServiceStandIn[] = []
  const started: ServiceStandIn[] = []
  const exits: [number, number | null][] = []
  const supervisor = supervise({
    fork: () => {
      const child = new ServiceStandIn()
      born.push(child)
      return child
    },
    started: (child) => started.push(child),
    exited: (code, pauseMs) => exits.push([code, pauseMs]),
  })
  const die = (code = 1) => born.at(-1)?.emit('exit', code)
  return { supervisor, born, started, exits, die }
}

describe('the supervisor of the service', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('starts the service at once and announces it', () => {
    const { born, started } = supervised()
    expect(born).toHaveLength(1)
    expect(started).toEqual(born)
  })

  it('starts it again at once the first time it dies', () => {
    const { born, started, die } = supervised()
    die()
    vi.advanceTimersByTime(0)
    expect(born).toHaveLength(2)
    expect(started).toEqual(born)
  })

  it('waits longer and longer, up to ten seconds, while it keeps dying young, and never gives up', () => {
    const { born, exits, die } = supervised()
    for (let death = 1; death <= 20; death++) {
      die(death)
      const pauseMs = exits.at(-1)?.[1] ?? Number.NaN
      if (pauseMs > 0) vi.advanceTimersByTime(pauseMs - 1)
      expect(born).toHaveLength(death)
      vi.advanceTimersByTime(1)
      expect(born).toHaveLength(death + 1)
    }
    expect(exits.slice(0, 8).map(([, pauseMs]) => pauseMs)).toEqual([0, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
    expect(exits.at(-1)).toEqual([20, 10_000])
  })

  it('forgets earlier deaths after a minute of life', () => {
    const { exits, die } = supervised()
    for (let death = 0; death < 4; death++) {
      die()
      vi.advanceTimersToNextTimer()
    }
    expect(exits.at(-1)).toEqual([1, 2000])
    vi.advanceTimersByTime(60_000)
    die()
    expect(exits.at(-1)).toEqual([1, 0])
  })

  it('does not forget them a moment earlier', () => {
    const { exits, die } = supervised()
    die()
    vi.advanceTimersToNextTimer()
    vi.advanceTimersByTime(59_999)
    die()
    expect(exits.at(-1)).toEqual([1, 500])
  })

  it('keeps its longest pause after any number of deaths', () => {
    expect(respawnPause(5000)).toBe(10_000)
  })

  it('asks the service to end and waits for its exit, after which nothing starts it again', async () => {
    const { supervisor, born, exits } = supervised()
    const stopped = vi.fn()
    const stop = supervisor.stop().then(stopped)
    expect(born[0]?.kills).toBe(1)
    await Promise.resolve()
    expect(stopped).not.toHaveBeenCalled()
    born[0]?.emit('exit', 0)
    await stop
    vi.runAllTimers()
    expect(exits).toEqual([[0, null]])
    expect(born).toHaveLength(1)
  })

  it('waits two seconds at most for a service that does not end', async () => {
    const { supervisor } = supervised()
    const stopped = vi.fn()
    const stop = supervisor.stop().then(stopped)
    await vi.advanceTimersByTimeAsync(1999)
    expect(stopped).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await stop
    expect(stopped).toHaveBeenCalledOnce()
  })

  it('drops a planned start when it is stopped during the pause', async () => {
    const { supervisor, born, die } = supervised()
    die()
    vi.advanceTimersToNextTimer()
    die()
    await supervisor.stop()
    vi.runAllTimers()
    expect(born).toHaveLength(2)
    expect(born[1]?.kills).toBe(0)
  })

  it('kills once, however often it is told to stop', async () => {
    const { supervisor, born } = supervised()
    const both = [supervisor.stop(), supervisor.stop()]
    born[0]?.emit('exit', 0)
    await Promise.all(both)
    expect(born[0]?.kills).toBe(1)
  })
})
