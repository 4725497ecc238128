import type { Seen, WorkerMessage } from './pictures.ts'

/** Of Chromium, on windows alone (W3C MediaStreamTrack Insertable Media Processing using Streams); missing in lib.dom. */
declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack; maxBufferSize: number })
  readonly readable: ReadableStream<VideoFrame>
}

/** What ended the reading of a camera. `worker`: the camera is well, another worker may go on. */
export type Lost = { kind: 'stopped' } | { kind: 'worker'; why: string } | { kind: 'camera'; why: string }

export type DecodeEvents = {
  picture(seen: Seen): void
  reading(bytes: Uint8Array): void
}

const loadWithinMs = 10_000
const pictureWithinMs = 3000
const workWithinMs = 1000
const lookMs = 250

export type WorkerMaker = () => Worker
const makeWorker: WorkerMaker = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })

/** Reads what the camera sees, in a worker, until either fails or `stop` aborts. */
export function decode(
  track: MediaStreamTrack,
  stop: AbortSignal,
  on: DecodeEvents,
  make: WorkerMaker = makeWorker,
): Promise<Lost> {
  const worker = make()
  const { promise, resolve } = Promise.withResolvers<Lost>()
  const unplugged = () => resolve({ kind: 'camera', why: 'the camera was unplugged' })
  const stopped = () => resolve({ kind: 'stopped' })
  // What is waited for, and since when.
  let waiting: keyof typeof limits = 'ready'
  let since = performance.now()
  worker.addEventListener('message', ({ data }: MessageEvent<WorkerMessage>) => {
    waiting = data.kind === 'began' ? 'ended' : 'began'
    since = performance.now()
    if (data.kind !== 'ended') return
    on.picture(data.seen)
    if (data.bytes !== null) on.reading(data.bytes)
  })
  worker.addEventListener('error', () => resolve({ kind: 'worker', why: 'the decoder failed' }))
  track.addEventListener('ended', unplugged)
  stop.addEventListener('abort', stopped)
  const watch = setInterval(() => {
    const { ms, lost } = limits[waiting]
    if (performance.now() - since > ms) resolve(lost)
  }, lookMs)
  if (stop.aborted) stopped()
  if (track.readyState === 'ended') unplugged()
  const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 })
  worker.postMessage(readable, [readable])
  return promise.finally(() => {
    clearInterval(watch)
    worker.terminate()
    track.removeEventListener('ended', unplugged)
    stop.removeEventListener('abort', stopped)
  })
}

const limits: Record<WorkerMessage['kind'], { ms: number; lost: Lost }> = {
  ready: { ms: loadWithinMs, lost: { kind: 'worker', why: 'the decoder does not load' } },
  began: { ms: pictureWithinMs, lost: { kind: 'camera', why: 'the camera gives no pictures' } },
  ended: { ms: workWithinMs, lost: { kind: 'worker', why: 'the decoder hangs' } },
}
