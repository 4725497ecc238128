import decodeQR from 'qr/decode.js'
import { Binarizer, type Threshold } from './binarize.ts'
import { boxMean } from './box.ts'
import type { Decoder } from './decoder.ts'
import { enlarge, enlargedPixels, type Picture } from './enlarge.ts'
import { Pace } from './pace.ts'
import { busiestSpot } from './spot.ts'
import { Zxing } from './zxing.ts'

const qrTimeLimitMs = 12

/**
 * Several readers, each of which reads pictures that the others cannot. zxing-cpp looks at every picture, and where it
 * finds nothing one of the rest looks too, in turn: a code stays in view for many pictures. On a slow machine only one
 * looks at each picture. A reader destroys the picture that it looks at last.
 */
export class Cascade implements Decoder {
  readonly #zxing: Zxing
  readonly #binarizer = new Binarizer()
  readonly #enlarged = new Uint8Array(enlargedPixels)
  readonly #pace: Pick<Pace, 'isSlow' | 'missed'>
  /** By what each adds, the most first. */
  readonly #rest = [
    () => this.#spot({ near: 6, share: 1 }),
    () => this.#blurred(),
    () => this.#spot({ near: 4, share: 0.4 }),
    () => this.#qr(),
    () => this.#spot({ near: 4, share: 1 }),
  ]
  readonly #onSlow = [() => this.#plain(), () => this.#spot({ near: 6, share: 1 }), () => this.#qr()]
  #turn = 0
  #isUnread = false
  #width = 0
  #height = 0
  #other = new Uint8Array()

  static async load(wasmBinary: ArrayBuffer, pace: Pick<Pace, 'isSlow' | 'missed'> = new Pace()): Promise<Cascade> {
    return new Cascade(await Zxing.load(wasmBinary), pace)
  }

  private constructor(zxing: Zxing, pace: Pick<Pace, 'isSlow' | 'missed'>) {
    this.#zxing = zxing
    this.#pace = pace
  }

  /** By the look at the whole picture, which on a slow machine is not taken at each one. */
  get isUnread(): boolean {
    return this.#isUnread
  }

  picture(width: number, height: number, bytes: number): Uint8Array<ArrayBuffer> {
    this.#width = width
    this.#height = height
    return this.#zxing.place(Math.max(bytes, enlargedPixels)).subarray(0, bytes)
  }

  read(): Uint8Array | null {
    return this.#pace.isSlow ? this.#next(this.#onSlow) : (this.#plain() ?? this.#next(this.#rest))
  }

  /** The one that read is the first at the next picture too: the light has not changed. */
  #next(ways: readonly (() => Uint8Array | null)[]): Uint8Array | null {
    const found = ways[this.#turn % ways.length]?.() ?? null
    if (found === null) this.#turn++
    return found
  }

  #plain(): Uint8Array | null {
    const begun = performance.now()
    const found = this.#zxing.readOrFind(this.#width, this.#height, 'local')
    this.#isUnread = found === 'unread'
    if (found === null) this.#pace.missed(performance.now() - begun)
    return found === 'unread' ? null : found
  }

  /** Reads codes that are small, shaken, out of focus, pale, or in the dark; with a small share, those on a dark screen. */
  #spot(threshold: Threshold): Uint8Array | null {
    const picture = this.#picture()
    const spot = busiestSpot(picture.luma, picture.width, picture.height)
    if (spot === null) return null
    const part = enlarge(picture, spot, this.#enlarged)
    this.#binarizer.binarize(part, threshold, this.#zxing.place(enlargedPixels))
    return this.#zxing.read(part.width, part.height, 'fixed')
  }

  /** Reads noisy pictures wherever the code is. */
  #blurred(): Uint8Array | null {
    const { luma, width, height } = this.#picture()
    if (this.#other.length !== luma.length) this.#other = new Uint8Array(luma.length)
    boxMean(luma, this.#other, width, height, 1)
    luma.set(this.#other)
    return this.#zxing.read(width, height, 'local')
  }

  /** Reads codes with a finger on a corner, and those drawn with dots. */
  #qr(): Uint8Array | null {
    const { luma, width, height } = this.#picture()
    try {
      const image = { width, height, data: luma }
      return bytesOf(decodeQR(image, { format: 'I420', timeLimit: qrTimeLimitMs, textDecoder: latin1 }))
    } catch {
      // That is how it says that there is none.
      return null
    }
  }

  #picture(): Picture {
    const [width, height] = [this.#width, this.#height]
    return { luma: this.#zxing.place(width * height), width, height }
  }
}

/** Keeps every byte apart: `latin1` of TextDecoder would be windows-1252. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}

/** Null for kanji, which `qr` has turned into characters already. */
function bytesOf(text: string): Uint8Array | null {
  const codes = Array.from(text, (character) => character.charCodeAt(0))
  return codes.length === 0 || codes.some((code) => code > 0xff) ? null : Uint8Array.from(codes)
}
