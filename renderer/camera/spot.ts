/** A part of a picture, in pixels. */
export type Spot = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

/** Of the height of the picture: a code that can be read at all covers several cells. */
const cellsHigh = 90
const leastCell = 4
const smoothing = 2
/** The code is a plateau: where the picture falls below this share of its height, the code has ended. */
const plateau = 0.35
/** In cells; also the quiet zone, which has no contrast of its own. */
const margin = 3

/** Where a picture changes most both across and down, as a code does and a line of print or an edge does less. */
export function busiestSpot(luma: Uint8Array, width: number, height: number): Spot | null {
  const cell = Math.max(leastCell, Math.round(height / cellsHigh))
  const [columns, rows] = [Math.floor(width / cell), Math.floor(height / cell)]
  const busy = smooth(changes(luma, width, { cell, columns, rows }), columns, rows)
  const top = busy.reduce((most, value) => Math.max(most, value), 0)
  if (top === 0) return null
  const box = grow(busy, columns, top)
  const [x, y] = [Math.max(0, box.left - margin) * cell, Math.max(0, box.top - margin) * cell]
  return {
    x,
    y,
    width: Math.min(width, (box.right + 1 + margin) * cell) - x,
    height: Math.min(height, (box.bottom + 1 + margin) * cell) - y,
  }
}

/** Of each cell the smaller one of its changes across and down, from a quarter of its pixels. */
function changes(
  luma: Uint8Array,
  width: number,
  { cell, columns, rows }: { cell: number; columns: number; rows: number },
): Float32Array {
  // A step as wide as the blur of a lens: between neighbours there is more noise than picture.
  const reach = rows * cell > 600 ? 2 : 1
  const found = new Float32Array(columns * rows)
  for (let n = 0; n < found.length; n++) {
    const start = Math.floor(n / columns) * cell * width + (n % columns) * cell
    let across = 0
    let down = 0
    for (let y = 0; y < cell; y += 2) {
      for (let i = start + y * width, end = i + cell; i < end; i += 2) {
        const here = luma[i] ?? 0
        across += Math.abs((luma[i + reach] ?? here) - here)
        down += Math.abs((luma[i + reach * width] ?? here) - here)
      }
    }
    found[n] = Math.min(across, down)
  }
  return found
}

function smooth(from: Float32Array, columns: number, rows: number): Float32Array {
  return from.map((_, n) => {
    const [x, y] = [n % columns, Math.floor(n / columns)]
    let sum = 0
    let count = 0
    for (let v = Math.max(0, y - smoothing); v <= Math.min(rows - 1, y + smoothing); v++) {
      for (let u = Math.max(0, x - smoothing); u <= Math.min(columns - 1, x + smoothing); u++, count++) {
        sum += from[v * columns + u] ?? 0
      }
    }
    return sum / count
  })
}

/** The cells around the highest one that are joined to it, as a box. */
function grow(busy: Float32Array, columns: number, top: number) {
  const start = busy.indexOf(top)
  const box = { left: columns, right: 0, top: busy.length, bottom: 0 }
  const seen = new Set([start])
  // A set is walked to its end, what is added on the way included.
  for (const n of seen) {
    const [x, y] = [n % columns, Math.floor(n / columns)]
    box.left = Math.min(box.left, x)
    box.right = Math.max(box.right, x)
    box.top = Math.min(box.top, y)
    box.bottom = Math.max(box.bottom, y)
    const beside = [x > 0 ? n - 1 : n, x < columns - 1 ? n + 1 : n, n - columns, n + columns]
    for (const next of beside) if ((busy[next] ?? 0) > plateau * top) seen.add(next)
  }
  return box
}
