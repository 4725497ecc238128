import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import encodeQR from 'qr'
import { Cascade } from '../../renderer/camera/cascade.ts'
import type { Decoder } from '../../renderer/camera/decoder.ts'
import type { Picture } from '../../renderer/camera/enlarge.ts'
import type { Pace } from '../../renderer/camera/pace.ts'

const wasm = fileURLToPath(new URL('../../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url))

/** How the tests' own machine is taken, however busy it is. */
const fast = { isSlow: false, missed: () => {} }

/** The decoder as the worker of the page has it. */
export async function loadCascade(pace: Pick<Pace, 'isSlow' | 'missed'> = fast): Promise<Cascade> {
  const { buffer, byteOffset, byteLength } = await readFile(wasm)
  const bytes = new Uint8Array(buffer, byteOffset, byteLength)
  return Cascade.load(Uint8Array.from(bytes).buffer, pace)
}

/** A code that fills its picture, 4 pixels to the module. */
export function pictureOf(text: string, dark = 20, light = 220): Picture {
  const rows = encodeQR(text, 'raw', { border: 4, scale: 4 })
  const luma = Uint8Array.from(rows.flat(), (isDark) => (isDark ? dark : light))
  return { width: rows[0]?.length ?? 0, height: rows.length, luma }
}

/** What the decoder reads at its next look. */
export function look(decoder: Decoder, { width, height, luma }: Picture): string | null {
  decoder.picture(width, height, luma.length).set(luma)
  const bytes = decoder.read()
  return bytes === null ? null : new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}
