import { Cascade } from '../../renderer/camera/cascade.ts'
import type { Decoder } from '../../renderer/camera/decoder.ts'
import { LibraryDecoder } from '../../renderer/camera/library.ts'

/** What is measured, and what it is measured beside. */
export type Engine = 'cascade' | 'library'

export async function load(engine: Engine): Promise<Decoder> {
  if (engine === 'library') return new LibraryDecoder()
  const wasm = await fetch(new URL('../../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url))
  return Cascade.load(await wasm.arrayBuffer())
}
