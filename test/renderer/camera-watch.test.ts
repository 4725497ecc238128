import { beforeEach, expect, it, vi } from 'vitest'
import { decode, type Lost } from '../../renderer/camera/decode.ts'
import type { Seen, WorkerMessage } from '../../renderer/camera/pictures.ts'

class FakeWorker extends EventTarget {
  terminated = false
  postMessage() {}
  terminate() {
    this.terminated = true
  }
  say(message: WorkerMessage) {
    this.dispatchEvent(new MessageEvent('message', { data: message }))
  }
}

class FakeTrack extends EventTarget {
  readyState = 'live'
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('MediaStreamTrackProcessor', class {})
  return () => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  }
})

function begin() {
  const worker = new FakeWorker()
  const track = new FakeTrack()
  const stop = new AbortController()
  const seen = { pictures: [] as Seen[], codes: [] as string[], lost: null as Lost | null }
  const on = {
    picture: (picture: Seen) => void seen.pictures.push(picture),
    reading: (bytes: Uint8Array) => void seen.codes.push(String(bytes)),
  }
  const lost = decode(track as unknown as MediaStreamTrack, stop.signal, on, () => worker as unknown as Worker)
  lost.then((why) => {
    seen.lost = why
  })
  return { worker, track, stop, seen }
}

const ended = { kind: 'ended', bytes: null, seen: { brightness: 80, code: 'none' }, at: 0 } as const

it('goes on as long as pictures come, and passes on what was read in them', async () => {
  const { worker, seen } = begin()
  worker.say({ kind: 'ready' })
  for (let n = 0; n < 10; n++) {
    await vi.advanceTimersByTimeAsync(2500)
    worker.say({ kind: 'began' })
    await vi.advanceTimersByTimeAsync(700)
    worker.say(n === 5 ? { ...ended, bytes: Uint8Array.of(65) } : ended)
  }
  expect(seen).toEqual({ pictures: Array(10).fill(ended.seen), codes: ['65'], lost: null })
})

it('gives up a worker that works on one picture for more than a second', async () => {
  const { worker, seen } = begin()
  worker.say({ kind: 'ready' })
  worker.say({ kind: 'began' })
  await vi.advanceTimersByTimeAsync(1300)
  expect(seen.lost).toEqual({ kind: 'worker', why: 'the decoder hangs' })
  expect(worker.terminated).toBe(true)
})

it('gives up a worker that does not load within 10 s, and one that fails', async () => {
  const slow = begin()
  await vi.advanceTimersByTimeAsync(9000)
  expect(slow.seen.lost).toBeNull()
  await vi.advanceTimersByTimeAsync(1500)
  expect(slow.seen.lost).toMatchObject({ kind: 'worker' })
  const broken = begin()
  broken.worker.dispatchEvent(new Event('error'))
  await vi.advanceTimersByTimeAsync(0)
  expect(broken.seen.lost).toMatchObject({ kind: 'worker' })
})

it('gives up a camera that sends no picture for 3 s', async () => {
  const { worker, seen } = begin()
  worker.say({ kind: 'ready' })
  worker.say({ kind: 'began' })
  worker.say(ended)
  await vi.advanceTimersByTimeAsync(3300)
  expect(seen.lost).toEqual({ kind: 'camera', why: 'the camera gives no pictures' })
  expect(worker.terminated).toBe(true)
})

it('ends at once when the camera is pulled out, or when it is to stop', async () => {
  const pulled = begin()
  pulled.track.dispatchEvent(new Event('ended'))
  const stopped = begin()
  stopped.stop.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect(pulled.seen.lost).toEqual({ kind: 'camera', why: 'the camera was unplugged' })
  expect(stopped.seen.lost).toEqual({ kind: 'stopped' })
  expect(pulled.worker.terminated && stopped.worker.terminated).toBe(true)
})
