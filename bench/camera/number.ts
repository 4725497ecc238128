const bits = 16
const cell = 8

/** Writes the number of a picture into its first rows, so that whoever sees it knows which one it is. */
export function number(luma: Uint8Array, width: number, value: number): void {
  for (let y = 0; y < cell; y++) {
    for (let bit = 0; bit < bits; bit++) {
      const at = y * width + bit * cell
      luma.fill((value >> bit) & 1 ? 235 : 16, at, at + cell)
    }
  }
}

export function numberOf(luma: Uint8Array, width: number): number {
  let value = 0
  for (let bit = 0; bit < bits; bit++) {
    const middle = (cell >> 1) * width + bit * cell + (cell >> 1)
    if ((luma[middle] ?? 0) > 125) value |= 1 << bit
  }
  return value
}
