import { Cascade } from '../../renderer/camera/cascade.ts'
import type { Decoder } from '../../renderer/camera/decoder.ts'
import { LibraryDecoder } from '../../renderer/camera/library.ts'

/** What is measured, and what it is measured beside. `none` looks at no picture: the raw limit. */
export type Engine = 'cascade' | 'library' | 'none'

/** `pace`: of the machine as it is, or as if it were always fast, so that what is read does not hang on how busy it is. */
export async function load(engine: Engine, pace: 'measured' | 'fast'): Promise<Decoder> {
  if (engine === 'library') return new LibraryDecoder()
  if (engine === 'none') return { picture: (_width, _height, bytes) => new Uint8Array(bytes), read: () => null }
  const wasm = await fetch(new URL('../../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url))
  const bytes = await wasm.arrayBuffer()
  return pace === 'fast' ? Cascade.load(bytes, { isSlow: false, missed: () => {} }) : Cascade.load(bytes)
}
