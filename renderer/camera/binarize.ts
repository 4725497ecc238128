import { boxMean } from './box.ts'
import { enlargedPixels, type Picture } from './enlarge.ts'

/**
 * `near`: the radius of the smaller neighbourhood, in pixels. `share`: of the mean of the larger one, what it counts; less
 * than 1 takes all but the darkest for light.
 */
export type Threshold = { readonly near: number; readonly share: number }

const smoothing = 1
/** About as wide as a finder pattern; the smaller neighbourhood is as wide as a module. */
const far = 20
const scratch = () => new Uint8Array(enlargedPixels)

/**
 * Makes black and white of a picture by what lies around each pixel: the means of a larger neighbourhood, against shadows,
 * and of a smaller one, against blur, which counts three times. At most `enlargedPixels` large.
 */
export class Binarizer {
  readonly #smooth = scratch()
  readonly #near = scratch()
  readonly #far = scratch()

  /** Into the first pixels of `to`. */
  binarize({ luma, width, height }: Picture, { near, share }: Threshold, to: Uint8Array): void {
    const smooth = this.#smooth
    boxMean(luma, smooth, width, height, smoothing)
    boxMean(smooth, this.#near, width, height, near)
    boxMean(smooth, this.#far, width, height, far)
    for (let i = 0; i < width * height; i++) {
      const threshold = share * (this.#far[i] ?? 0) + 3 * (this.#near[i] ?? 0)
      to[i] = 4 * (smooth[i] ?? 0) < threshold ? 0 : 255
    }
  }
}
