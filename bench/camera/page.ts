import encodeQR from 'qr'
import type { Decoder } from '../../renderer/camera/decoder.ts'
import type { Picture } from '../../renderer/camera/enlarge.ts'
import { type Engine, load } from './load.ts'
import type { Turn } from './worker.ts'

declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack; maxBufferSize: number })
  readonly readable: ReadableStream<VideoFrame>
}

const decoders = { cascade: load('cascade', 'fast'), library: load('library', 'fast') }

async function lumaOf(url: string): Promise<Picture> {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob())
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('no canvas')
  context.drawImage(bitmap, 0, 0)
  // Grey pictures: every colour is the luminance.
  const { data } = context.getImageData(0, 0, width, height)
  const luma = new Uint8Array(width * height)
  for (let i = 0; i < luma.length; i++) luma[i] = data[i * 4] ?? 0
  return { width, height, luma }
}

/** What either engine reads in a still picture: the cascade in up to `tries` looks, as a camera shows a code again. */
async function still(url: string, tries: number): Promise<Record<'cascade' | 'library', string | null>> {
  const picture = await lumaOf(url)
  return {
    cascade: readIn(picture, await decoders.cascade, tries),
    library: readIn(picture, await decoders.library, 1),
  }
}

function readIn({ width, height, luma }: Picture, decoder: Decoder, tries: number): string | null {
  for (let n = 0; n < tries; n++) {
    decoder.picture(width, height, luma.length).set(luma)
    const bytes = decoder.read()
    if (bytes !== null) return new TextDecoder().decode(bytes)
  }
  return null
}

/** Reads a code so many times, and gives how many times it did. */
async function again(times: number): Promise<number> {
  const rows = encodeQR('https://example.vn/'.repeat(5), 'raw', { border: 4, scale: 3 })
  const luma = Uint8Array.from(rows.flat(), (isDark) => (isDark ? 20 : 220))
  const decoder = await decoders.cascade
  let read = 0
  for (let n = 0; n < times; n++) {
    decoder.picture(rows.length, rows.length, luma.length).set(luma)
    if (decoder.read() !== null) read++
  }
  return read
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

export type Bench = { still: typeof still; again: typeof again; film: typeof film }
const bench: Bench = { still, again, film }
Object.assign(window, { bench })
