/** The mean of the square of `2 radius + 1` pixels around each pixel, as far as it lies in the picture. */
export function boxMean(from: Uint8Array, to: Uint8Array, width: number, height: number, radius: number): void {
  const columns = new Uint32Array(width)
  const addRow = (y: number, sign: 1 | -1) => {
    const row = y * width
    for (let x = 0; x < width; x++) columns[x] = (columns[x] ?? 0) + sign * (from[row + x] ?? 0)
  }
  for (let y = 0; y < Math.min(radius, height); y++) addRow(y, 1)
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addRow(y + radius, 1)
    if (y > radius) addRow(y - radius - 1, -1)
    const rows = Math.min(height - 1, y + radius) - Math.max(0, y - radius) + 1
    slide(columns, to.subarray(y * width, (y + 1) * width), rows, radius)
  }
}

function slide(columns: Uint32Array, to: Uint8Array, rows: number, radius: number) {
  const width = columns.length
  let sum = 0
  let count = 0
  for (let x = 0; x < Math.min(radius, width); x++) {
    sum += columns[x] ?? 0
    count += rows
  }
  for (let x = 0; x < width; x++) {
    if (x + radius < width) {
      sum += columns[x + radius] ?? 0
      count += rows
    }
    if (x > radius) {
      sum -= columns[x - radius - 1] ?? 0
      count -= rows
    }
    to[x] = sum / count
  }
}
