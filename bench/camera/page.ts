import { type Engine, load } from './load.ts'
import type { Turn } from './worker.ts'

declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack; maxBufferSize: number })
  readonly readable: ReadableStream<VideoFrame>
}

/** What a still picture holds: read again up to `tries` times, as a camera shows a code again. */
type Still = { text: string | null; ms: number[] }

const decoders = { cascade: load('cascade'), library: load('library') }

async function lumaOf(url: string) {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob())
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('no canvas')
  context.drawImage(bitmap, 0, 0)
  // Grey pictures: every colour is the luminance.
  const { data } = context.getImageData(0, 0, width, height)
  return { width, height, luma: Uint8Array.from({ length: width * height }, (_, i) => data[i * 4] ?? 0) }
}

async function still(url: string, engine: Engine, tries: number): Promise<Still> {
  const { width, height, luma } = await lumaOf(url)
  const decoder = await decoders[engine]
  const ms: number[] = []
  for (let n = 0; n < tries; n++) {
    decoder.picture(width, height, luma.length).set(luma)
    const begun = performance.now()
    const bytes = decoder.read()
    ms.push(performance.now() - begun)
    if (bytes !== null) return { text: new TextDecoder().decode(bytes), ms }
  }
  return { text: null, ms }
}

/** The size of the decoder's memory, in bytes, after a first code and after `times` more. */
async function memory(url: string, times: number): Promise<[number, number]> {
  const { width, height, luma } = await lumaOf(url)
  const decoder = await decoders.cascade
  const sizes: number[] = []
  for (let n = 0; n <= times; n++) {
    const picture = decoder.picture(width, height, luma.length)
    if (n === 0 || n === times) sizes.push(picture.buffer.byteLength)
    picture.set(luma)
    decoder.read()
    if (n === 0) sizes[0] = decoder.picture(width, height, luma.length).buffer.byteLength
  }
  return [sizes[0] ?? 0, sizes[1] ?? 0]
}

async function film(engine: Engine, forMs: number): Promise<{ turns: Turn[]; seconds: number }> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  const turns: Turn[] = []
  const video = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }
  const [track] = (await navigator.mediaDevices.getUserMedia({ video })).getVideoTracks()
  if (track === undefined) throw new Error('no camera')
  const { readable: pictures } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 })
  const first = new Promise<number>((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Turn>) => {
      if (turns.push(data) === 1) resolve(performance.now())
    })
  })
  worker.postMessage({ engine, pictures }, [pictures])
  const begun = await first
  await new Promise((resolve) => setTimeout(resolve, forMs))
  const seconds = (performance.now() - begun) / 1000
  track.stop()
  worker.terminate()
  return { turns, seconds }
}

export type Bench = { still: typeof still; memory: typeof memory; film: typeof film }
const bench: Bench = { still, memory, film }
Object.assign(window, { bench })
