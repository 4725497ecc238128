/// <reference types="emscripten" />
import { prepareZXingModule, type ZXingReaderModule } from 'zxing-wasm/reader'

/**
 * As `readerOptionsToZXingReaderOptions` of zxing-wasm gives them to the module: one QR code, dark or light, at any angle.
 * Model 2 is every QR code but the small ones: Micro QR M1 only detects errors (ISO/IEC 18004), and is found in noise.
 */
const options = {
  formats: 'QRCodeModel2',
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
  eanAddOnSymbol: 0,
  textMode: 0,
  characterSet: 0,
  tryCode39ExtendedMode: false,
}
/** How grey becomes black and white. `fixed`: it is so already. */
const binarizers = { local: 0, fixed: 2 } as const

/** The reader of zxing-cpp, with a place in its memory for one picture. */
export class Zxing {
  readonly #module: ZXingReaderModule
  #at = 0
  #size = 0

  static async load(wasmBinary: ArrayBuffer): Promise<Zxing> {
    return new Zxing(await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true }))
  }

  private constructor(module: ZXingReaderModule) {
    this.#module = module
  }

  /** The first `bytes` bytes of the place, which moves when it has to grow, and loses what it held. */
  place(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes > this.#size) {
      this.#module._free(this.#at)
      this.#at = this.#module._malloc(bytes)
      this.#size = bytes
    }
    // The memory may have grown and moved since the last time.
    return new Uint8Array(this.#module.HEAPU8.buffer as ArrayBuffer, this.#at, bytes)
  }

  /** Reads the picture that lies in the place. */
  read(width: number, height: number, binarizer: keyof typeof binarizers): Uint8Array | null {
    return bytesOf(this.#first(width, height, binarizer, false))
  }

  /** Reads it as `read` does. `unread`: it holds a code, but none that can be read. */
  readOrFind(width: number, height: number, binarizer: keyof typeof binarizers): Uint8Array | 'unread' | null {
    const first = this.#first(width, height, binarizer, true)
    // zxing-cpp, told to give errors, ends at the first code: without them it goes on, to other codes and other ways.
    if (first?.isValid === false) return this.read(width, height, binarizer) ?? 'unread'
    return bytesOf(first)
  }

  #first(width: number, height: number, binarizer: keyof typeof binarizers, returnErrors: boolean) {
    const all = { ...options, binarizer: binarizers[binarizer], returnErrors }
    const found = this.#module.readBarcodesFromPixmap(this.#at, width, height, all)
    const first = found.size() > 0 ? found.get(0) : undefined
    // The vector lives outside of what the garbage collector sees, which its type leaves out.
    if ('delete' in found && typeof found.delete === 'function') found.delete()
    return first
  }
}

function bytesOf(found: { readonly bytes: Uint8Array } | undefined): Uint8Array | null {
  return found === undefined || found.bytes.length === 0 ? null : found.bytes
}
