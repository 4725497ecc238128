import type { ReaderState } from '../../contract/state.ts'
import { decode, type Lost } from './decode.ts'
import { type Hint, Hints } from './hint.ts'
import { type Opened, openCamera } from './open.ts'

/** What the screen shows of a camera. */
export type CameraView = { readonly stream: MediaStream; readonly hint: Hint }

export type CameraEvents = {
  state(state: ReaderState): void
  reading(bytes: Uint8Array): void
  view(view: CameraView | null): void
}

const firstPauseMs = 500
const longestPauseMs = 10_000

/** Keeps the camera of a reader open and read until `stop` aborts. `taken` holds the ids of the cameras in use. */
export async function runCamera(
  { reader, label, taken }: { reader: string; label: string | undefined; taken: Set<string> },
  on: CameraEvents,
  stop: AbortSignal,
): Promise<void> {
  let pauseMs = firstPauseMs
  while (!stop.aborted) {
    const opened = await openCamera(reader, label, taken)
    if (opened.kind === 'open') {
      taken.add(opened.device.deviceId)
      const { saw, lost } = await read(opened, on, stop)
      for (const track of opened.stream.getTracks()) track.stop()
      taken.delete(opened.device.deviceId)
      on.view(null)
      if (saw) pauseMs = firstPauseMs
      if (lost.kind !== 'stopped') on.state({ kind: 'failed', why: lost.why })
    } else on.state(opened)
    await pause(pauseMs, stop)
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }
}

/** Until the camera is lost, or a worker that never read a picture. Any other worker is replaced. */
async function read(
  { stream, track }: Extract<Opened, { kind: 'open' }>,
  on: CameraEvents,
  stop: AbortSignal,
): Promise<{ saw: boolean; lost: Lost }> {
  for (let saw = false; ; ) {
    let pictures = 0
    let last: Hint | null = null
    const hints = new Hints()
    const lost = await decode(track, stop, {
      reading: on.reading,
      picture: (seen) => {
        // Not before it gives pictures is a camera open.
        if (pictures++ === 0) on.state({ kind: 'open' })
        const hint = hints.after(seen)
        if (hint !== last) on.view({ stream, hint })
        last = hint
      },
    })
    saw ||= pictures > 0
    if (lost.kind !== 'worker' || pictures === 0) return { saw, lost }
  }
}

/** Ends early when something was plugged in or out. */
function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const ended = new AbortController()
    const end = () => {
      clearTimeout(timer)
      ended.abort()
      resolve()
    }
    const timer = setTimeout(end, ms)
    stop.addEventListener('abort', end, ended)
    if ('mediaDevices' in navigator) navigator.mediaDevices.addEventListener('devicechange', end, ended)
    if (stop.aborted) end()
  })
}
