/// <reference types="emscripten" />
import decodeQR from 'qr/decode.js'
import { prepareZXingModule, type ZXingReaderModule } from 'zxing-wasm/reader'
import { boxMean } from './box.ts'
import type { Decoder } from './decoder.ts'

/** As `readerOptionsToZXingReaderOptions` of zxing-wasm gives them to the module: one QR code, dark or light, at any angle. */
const options = {
  formats: 'QRCode',
  maxNumberOfSymbols: 1,
  tryHarder: true,
  tryRotate: false,
  tryInvert: true,
  tryDownscale: true,
  downscaleFactor: 2,
  downscaleThreshold: 500,
  tryDenoise: true,
  isPure: false,
  minLineCount: 2,
  validateOptionalChecksum: false,
  returnErrors: false,
  eanAddOnSymbol: 0,
  textMode: 0,
  characterSet: 0,
  tryCode39ExtendedMode: false,
}
const localAverage = 0
const globalHistogram = 1
const fixedThreshold = 2

/** A machine on which a picture without a code takes longer than this reads each picture in one way only. */
const slowMs = 20
const measuredMisses = 15
const qrTimeLimitMs = 12
/** About as wide as the finder pattern of a code that is held at arm's length. */
const thresholdRadius = 20

/**
 * Several readers, each of which reads pictures that the others cannot. zxing-cpp looks at every picture, and where it
 * finds nothing one of the rest looks too, in turn: a code stays in view for many pictures.
 */
export class Cascade implements Decoder {
  readonly #zxing: ZXingReaderModule
  readonly #extra = [
    () => this.#qr(),
    () => this.#blurred(1),
    () => this.#thresholded(),
    () => this.#global(),
    () => this.#blurred(2),
  ]
  /** On a slow machine: those that add most. */
  readonly #single = [() => this.#local(), () => this.#blurred(1), () => this.#qr()]
  readonly #misses: number[] = []
  #slow = false
  #turn = 0
  #width = 0
  #height = 0
  #at = 0
  #otherAt = 0
  #size = 0

  static async load(wasmBinary: ArrayBuffer): Promise<Cascade> {
    return new Cascade(await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true }))
  }

  private constructor(zxing: ZXingReaderModule) {
    this.#zxing = zxing
  }

  picture(width: number, height: number, bytes: number): Uint8Array<ArrayBuffer> {
    this.#width = width
    this.#height = height
    if (bytes > this.#size) {
      this.#zxing._free(this.#at)
      this.#zxing._free(this.#otherAt)
      this.#at = this.#zxing._malloc(bytes)
      this.#otherAt = this.#zxing._malloc(bytes)
      this.#size = bytes
    }
    return this.#heap(this.#at, bytes)
  }

  read(): Uint8Array | null {
    return this.#slow ? this.#next(this.#single) : (this.#local() ?? this.#next(this.#extra))
  }

  #next(ways: readonly (() => Uint8Array | null)[]): Uint8Array | null {
    return ways[this.#turn++ % ways.length]?.() ?? null
  }

  #local(): Uint8Array | null {
    const begun = performance.now()
    const found = this.#zxingRead(this.#at, localAverage)
    if (found === null) this.#measure(performance.now() - begun)
    return found
  }

  /** The median of the last pictures without a code: neither the warming up nor a busy moment decides. */
  #measure(ms: number) {
    this.#misses.push(ms)
    if (this.#misses.length < measuredMisses) return
    this.#slow = (this.#misses.toSorted((a, b) => a - b)[measuredMisses >> 1] ?? 0) > slowMs
    this.#misses.shift()
  }

  /** Reads shaken pictures and those through a moiré. */
  #global(): Uint8Array | null {
    return this.#zxingRead(this.#at, globalHistogram)
  }

  /** Reads dark, noisy pictures. */
  #blurred(radius: number): Uint8Array | null {
    const [picture, other] = this.#planes()
    boxMean(picture, other, this.#width, this.#height, radius)
    return this.#zxingRead(this.#otherAt, localAverage)
  }

  /** Reads codes with a shadow, a reflection or a crack over them. */
  #thresholded(): Uint8Array | null {
    const [picture, other] = this.#planes()
    boxMean(picture, other, this.#width, this.#height, thresholdRadius)
    for (let i = 0; i < other.length; i++) other[i] = (picture[i] ?? 0) < (other[i] ?? 0) ? 0 : 255
    return this.#zxingRead(this.#otherAt, fixedThreshold)
  }

  /** Reads codes with a finger on a corner, and those drawn with dots. */
  #qr(): Uint8Array | null {
    const [data] = this.#planes()
    try {
      const image = { width: this.#width, height: this.#height, data }
      return bytesOf(decodeQR(image, { format: 'I420', timeLimit: qrTimeLimitMs, textDecoder: latin1 }))
    } catch {
      // That is how it says that there is none.
      return null
    }
  }

  #zxingRead(at: number, binarizer: number): Uint8Array | null {
    const found = this.#zxing.readBarcodesFromPixmap(at, this.#width, this.#height, { ...options, binarizer })
    const bytes = found.size() > 0 ? found.get(0)?.bytes : undefined
    // The vector lives outside of what the garbage collector sees, which its type leaves out.
    if ('delete' in found && typeof found.delete === 'function') found.delete()
    return bytes === undefined || bytes.length === 0 ? null : bytes
  }

  #planes(): [picture: Uint8Array, other: Uint8Array] {
    const size = this.#width * this.#height
    return [this.#heap(this.#at, size), this.#heap(this.#otherAt, size)]
  }

  /** The memory may have grown and moved since the last picture. */
  #heap(at: number, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#zxing.HEAPU8.buffer as ArrayBuffer, at, bytes)
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
