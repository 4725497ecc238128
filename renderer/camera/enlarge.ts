import type { Spot } from './spot.ts'

/** Grey, row by row. */
export type Picture = { readonly luma: Uint8Array; readonly width: number; readonly height: number }

const most = 2
/** What a part becomes at most, in pixels: enough for any code, and less work than a whole picture. */
export const enlargedPixels = 400_000

/** A part of a picture, at most twice as large, between its pixels by their distance; into the first pixels of `to`. */
export function enlarge({ luma, width }: Picture, spot: Spot, to: Uint8Array): Picture {
  const scale = Math.min(most, Math.sqrt(enlargedPixels / (spot.width * spot.height)))
  const size = { width: Math.floor(spot.width * scale), height: Math.floor(spot.height * scale) }
  const [columns, rows] = [steps(size.width, spot.width, scale), steps(size.height, spot.height, scale)]
  for (let y = 0, at = 0; y < size.height; y++) {
    const row = (spot.y + ((rows[y] ?? 0) >> 8)) * width + spot.x
    const lower = (rows[y] ?? 0) & 255
    for (let x = 0; x < size.width; x++, at++) {
      const column = columns[x] ?? 0
      const i = row + (column >> 8)
      const right = column & 255
      const above = (luma[i] ?? 0) * (256 - right) + (luma[i + 1] ?? 0) * right
      const below = (luma[i + width] ?? 0) * (256 - right) + (luma[i + width + 1] ?? 0) * right
      to[at] = (above * (256 - lower) + below * lower) >> 16
    }
  }
  return { luma: to.subarray(0, size.width * size.height), ...size }
}

/** Where each pixel of the larger picture lies in the smaller one, in 256ths. */
function steps(count: number, of: number, scale: number): Int32Array {
  return Int32Array.from({ length: count }, (_, n) => {
    const middle = (n + 0.5) / scale - 0.5
    return Math.max(0, Math.min((of - 2) * 256 + 255, Math.round(middle * 256)))
  })
}
