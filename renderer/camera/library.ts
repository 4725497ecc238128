import { BinaryBitmap, DecodeHintType, HybridBinarizer, QRCodeReader, RGBLuminanceSource } from '@zxing/library'
import type { Decoder } from './decoder.ts'

const hints = new Map<DecodeHintType, unknown>([
  [DecodeHintType.TRY_HARDER, true],
  // Left to guess, it takes some Vietnamese for Shift_JIS. What is not UTF-8 is given up: the bytes are out of reach.
  [DecodeHintType.CHARACTER_SET, 'UTF-8'],
])

/** The decoder of @zxing/library, for where WebAssembly is refused: it reads less than half of what the cascade does. */
export class LibraryDecoder implements Decoder {
  readonly #reader = new QRCodeReader()
  #data = new Uint8Array()
  #width = 0
  #height = 0

  picture(width: number, height: number, bytes: number): Uint8Array<ArrayBuffer> {
    if (this.#data.length !== bytes) this.#data = new Uint8Array(bytes)
    this.#width = width
    this.#height = height
    return this.#data
  }

  read(): Uint8Array | null {
    const luma = new Uint8ClampedArray(this.#data.buffer, 0, this.#width * this.#height)
    try {
      const source = new RGBLuminanceSource(luma, this.#width, this.#height)
      const text = this.#reader.decode(new BinaryBitmap(new HybridBinarizer(source)), hints).getText()
      return text === '' || text.includes('\ufffd') ? null : new TextEncoder().encode(text)
    } catch {
      // That is how it says that there is none.
      return null
    }
  }
}
