import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Cascade } from '../../renderer/camera/cascade.ts'

const wasm = fileURLToPath(new URL('../../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url))

/** The decoder as the worker of the page has it. */
export async function loadCascade(): Promise<Cascade> {
  const { buffer, byteOffset, byteLength } = await readFile(wasm)
  const bytes = new Uint8Array(buffer, byteOffset, byteLength)
  return Cascade.load(Uint8Array.from(bytes).buffer)
}
