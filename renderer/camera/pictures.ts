import type { Decoder } from './decoder.ts'

/** `brightness`: the mean luminance, 0 to 255. `unread`: there is a code, but it could not be read. */
export type Seen = { readonly brightness: number; readonly code: 'none' | 'unread' | 'read' }

/** What the worker tells the page: `began` and `ended` stand around the work on each picture. */
export type WorkerMessage =
  | { kind: 'ready' }
  | { kind: 'began' }
  /** `at`: the time of the picture in its stream, in µs. */
  | { kind: 'ended'; bytes: Uint8Array | null; seen: Seen; at: number }

/** A code that stays in view is told once a second: the service holds it for one reading as long as it is told again. */
const coolDownMs = 1000
/** One sample for so many pixels, which keeps out of step with the columns of any usual width. */
const sampleStep = 509

/** Reads picture after picture until the stream ends. The stream keeps the newest one only, and all are closed. */
export async function readPictures(
  pictures: ReadableStream<VideoFrame>,
  decoder: Decoder,
  tell: (message: WorkerMessage) => void,
): Promise<void> {
  const told = new Map<string, number>()
  for (const reader = pictures.getReader(); ; ) {
    const { done, value: picture } = await reader.read()
    if (done) return
    tell({ kind: 'began' })
    try {
      const luma = await copyLuma(picture, decoder)
      const brightness = mean(luma)
      const bytes = decoder.read()
      const isNew = bytes !== null && isDue(told, bytes, performance.now())
      const code = bytes !== null ? 'read' : decoder.isUnread ? 'unread' : 'none'
      tell({ kind: 'ended', bytes: isNew ? bytes : null, seen: { brightness, code }, at: picture.timestamp })
    } finally {
      picture.close()
    }
  }
}

/** Copies the picture to the decoder, and gives its luminance. */
async function copyLuma(picture: VideoFrame, decoder: Decoder): Promise<Uint8Array> {
  const { width, height } = picture.visibleRect ?? { width: picture.codedWidth, height: picture.codedHeight }
  // These begin with a plane of luminance, without gaps, one byte each (W3C WebCodecs, section 9.4).
  const isPlanar = /^(I4\d\dA?|NV12A?)$/.test(picture.format ?? '')
  if (isPlanar) {
    const all = decoder.picture(width, height, picture.allocationSize())
    await picture.copyTo(all)
    return all.subarray(0, width * height)
  }
  const rgba = new Uint8Array(width * height * 4)
  await picture.copyTo(rgba, { format: 'RGBA', layout: [{ offset: 0, stride: width * 4 }] })
  const luma = decoder.picture(width, height, width * height)
  // ITU-R BT.601, in 256ths.
  for (let i = 0, from = 0; i < luma.length; i++, from += 4) {
    luma[i] = (77 * (rgba[from] ?? 0) + 150 * (rgba[from + 1] ?? 0) + 29 * (rgba[from + 2] ?? 0)) >> 8
  }
  return luma
}

function mean(luma: Uint8Array): number {
  let sum = 0
  let count = 0
  for (let i = 0; i < luma.length; i += sampleStep, count++) sum += luma[i] ?? 0
  return count === 0 ? 0 : sum / count
}

function isDue(told: Map<string, number>, bytes: Uint8Array, now: number): boolean {
  for (const [key, at] of told) if (now - at >= coolDownMs) told.delete(key)
  const key = bytes.join()
  if (told.has(key)) return false
  told.set(key, now)
  return true
}
