import { describe, expect, it } from 'vitest'
import { boxMean } from '../../renderer/camera/box.ts'
import type { Decoder } from '../../renderer/camera/decoder.ts'
import { choose } from '../../renderer/camera/device.ts'
import type { Picture } from '../../renderer/camera/enlarge.ts'
import { LibraryDecoder } from '../../renderer/camera/library.ts'
import { readPictures, type WorkerMessage } from '../../renderer/camera/pictures.ts'
import { loadCascade, pictureOf } from '../support/cascade.ts'

it('takes the mean of the square around each pixel, as far as there is one', () => {
  const [width, height] = [13, 9]
  const from = Uint8Array.from({ length: width * height }, (_, i) => (i * 37) % 251)
  for (const radius of [1, 2, 20]) {
    const to = new Uint8Array(from.length)
    boxMean(from, to, width, height, radius)
    for (const [i, mean] of to.entries()) {
      const around = [...from].filter((_, k) => {
        const [dx, dy] = [(k % width) - (i % width), Math.floor(k / width) - Math.floor(i / width)]
        return Math.max(Math.abs(dx), Math.abs(dy)) <= radius
      })
      expect(mean).toBe(Math.floor(around.reduce((a, b) => a + b, 0) / around.length))
    }
  }
})

describe('the choice of a camera', () => {
  const [front, back] = [
    { deviceId: '1', label: 'Front (0bda:5401)' },
    { deviceId: '2', label: 'Back (046d:0825)' },
  ]
  const none = { label: undefined, last: null, taken: new Set<string>() }

  it('falls on the one that the settings name, with or without its USB ids, and on no other', () => {
    expect(choose([front, back], { ...none, label: 'Back' })).toBe(back)
    expect(choose([front, back], { ...none, label: 'Back (046d:0825)' })).toBe(back)
    expect(choose([front], { ...none, label: 'Back', last: front })).toBeNull()
  })

  it('falls on that of last time, by its id, or by its name where the ids are new', () => {
    expect(choose([front, back], { ...none, last: { deviceId: '2', label: 'old name' } })).toBe(back)
    expect(choose([front, back], { ...none, last: { deviceId: '9', label: 'Back (046d:0825)' } })).toBe(back)
  })

  it('falls on none that another reader has', () => {
    expect(choose([front, back], { ...none, taken: new Set(['1']) })).toBe(back)
    expect(choose([front], { ...none, last: front, taken: new Set(['1']) })).toBeNull()
  })
})

/** With more errors than are corrected: below and to the right of the finder patterns, light is dark. */
function damaged({ luma, width, height }: Picture): Picture {
  const isSound = (i: number) => Math.min(i % width, Math.floor(i / width)) < 13 * 4
  return { luma: luma.map((grey, i) => (isSound(i) ? grey : 240 - grey)), width, height }
}

describe('the pictures of a camera', () => {
  /** What a worker needs of a VideoFrame. */
  class Frame {
    closed = false
    readonly format: string
    readonly visibleRect: { width: number; height: number }
    readonly timestamp = 0
    readonly #luma: Uint8Array
    constructor({ width, height, luma }: Picture, format: string) {
      this.visibleRect = { width, height }
      this.#luma = luma
      this.format = format
    }
    allocationSize = () => (this.#luma.length * 3) / 2
    copyTo = async (to: Uint8Array, as?: { format: string }) => {
      if (as === undefined) to.set(this.#luma)
      else for (const [i, grey] of this.#luma.entries()) to.fill(grey, i * 4, i * 4 + 3)
    }
    close = () => {
      this.closed = true
    }
  }

  async function watch(frames: Frame[], decoder: Decoder): Promise<WorkerMessage[]> {
    const told: WorkerMessage[] = []
    const stream = new ReadableStream<VideoFrame>({
      start(controller) {
        for (const frame of frames) controller.enqueue(frame as unknown as VideoFrame)
        controller.close()
      },
    })
    await readPictures(stream, decoder, (message) => void told.push(message))
    return told
  }
  const codes = (told: WorkerMessage[]) =>
    told.flatMap((message) => (message.kind === 'ended' && message.bytes !== null ? [String(message.bytes)] : []))

  it('are read whatever the camera makes of them, and every one is closed', async () => {
    for (const format of ['I420', 'NV12', 'BGRX', 'RGBA']) {
      const frame = new Frame(pictureOf('a code', 20, 200), format)
      const told = await watch([frame], await loadCascade())
      expect(codes(told), format).toEqual([String(new TextEncoder().encode('a code'))])
      expect(told.map(({ kind }) => kind)).toEqual(['began', 'ended'])
      expect(frame.closed).toBe(true)
    }
  })

  it('tell a code that stays in view once, and another one beside it', async () => {
    const frames = ['one', 'one', 'two', 'one', 'two'].map((text) => new Frame(pictureOf(text), 'I420'))
    expect(codes(await watch(frames, await loadCascade()))).toHaveLength(2)
  })

  it('tell how bright they are', async () => {
    const picture = { width: 64, height: 48, luma: new Uint8Array(64 * 48).fill(33) }
    const [, ended] = await watch([new Frame(picture, 'I420')], await loadCascade())
    expect(ended).toMatchObject({ kind: 'ended', seen: { brightness: 33, code: 'none' } })
  })

  it('tell a code that cannot be read from none, and give no bytes of it', async () => {
    const blank = { width: 64, height: 48, luma: new Uint8Array(64 * 48).fill(128) }
    const frames = [damaged(pictureOf('a code')), pictureOf('a code'), blank].map((of) => new Frame(of, 'I420'))
    const told = await watch(frames, await loadCascade())
    const seen = told.flatMap((message) => (message.kind === 'ended' ? [message.seen.code] : []))
    expect(seen).toEqual(['unread', 'read', 'none'])
    expect(codes(told)).toHaveLength(1)
  })

  it('of a decoder that cannot tell are never said to hold an unread code', async () => {
    const [, ended] = await watch([new Frame(damaged(pictureOf('a code')), 'I420')], new LibraryDecoder())
    expect(ended).toMatchObject({ kind: 'ended', seen: { code: 'none' } })
  })
})
