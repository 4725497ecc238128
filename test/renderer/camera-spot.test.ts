import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Binarizer } from '../../renderer/camera/binarize.ts'
import { enlarge, enlargedPixels } from '../../renderer/camera/enlarge.ts'
import { busiestSpot } from '../../renderer/camera/spot.ts'
import { pictureOf } from '../support/cascade.ts'
import { cccdOf } from '../support/people.ts'
import { addNoise, room } from '../support/video.ts'

const [width, height] = [1280, 720]

it('the busiest spot holds the whole code and its quiet zone, wherever it is shown in a room', () => {
  const code = pictureOf(cccdOf(1))
  const place = fc.record({ x: fc.nat(width - code.width), y: fc.nat(height - code.height) })
  fc.assert(
    fc.property(place, ({ x, y }) => {
      const luma = room(0.6)
      for (let row = 0; row < code.height; row++) {
        const line = code.luma.subarray(row * code.width, (row + 1) * code.width)
        luma.set(line, (y + row) * width + x)
      }
      addNoise(luma, 8, 1)
      const spot = busiestSpot(luma, width, height)
      expect(spot?.x).toBeLessThanOrEqual(x)
      expect(spot?.y).toBeLessThanOrEqual(y)
      expect((spot?.x ?? 0) + (spot?.width ?? 0)).toBeGreaterThanOrEqual(x + code.width)
      expect((spot?.y ?? 0) + (spot?.height ?? 0)).toBeGreaterThanOrEqual(y + code.height)
      expect((spot?.width ?? 0) * (spot?.height ?? 0)).toBeLessThan((width * height) / 4)
    }),
    { numRuns: 20 },
  )
})

it('the busiest spot lies in the picture, however small that is', () => {
  const size = fc.integer({ min: 1, max: 90 })
  fc.assert(
    fc.property(size, size, fc.nat(), (width, height, seed) => {
      const luma = new Uint8Array(width * height).fill(128)
      addNoise(luma, 100, seed)
      const spot = busiestSpot(luma, width, height)
      if (spot === null) return
      expect(Math.min(spot.x, spot.y)).toBeGreaterThanOrEqual(0)
      expect(Math.min(spot.width, spot.height)).toBeGreaterThan(0)
      expect(spot.x + spot.width).toBeLessThanOrEqual(width)
      expect(spot.y + spot.height).toBeLessThanOrEqual(height)
    }),
  )
})

it('there is no spot in a picture of one shade, nor where it changes in one direction only', () => {
  expect(busiestSpot(new Uint8Array(width * height).fill(90), width, height)).toBeNull()
  const stripes = Uint8Array.from({ length: width * height }, (_, i) => ((i % width) % 7 < 3 ? 20 : 200))
  expect(busiestSpot(stripes, width, height)).toBeNull()
})

it('a spot is enlarged to twice its size, and its shades go over into each other', () => {
  const luma = Uint8Array.from({ length: 100 * 80 }, (_, i) => 2 * (i % 100) + Math.floor(i / 100) / 2)
  const large = enlarge(
    { luma, width: 100, height: 80 },
    { x: 10, y: 8, width: 40, height: 30 },
    new Uint8Array(10_000),
  )
  expect([large.width, large.height]).toEqual([80, 60])
  const shades = Array.from({ length: 78 }, (_, x) => large.luma[30 * 80 + x + 1] ?? 0)
  for (const [x, shade] of shades.entries()) expect(Math.abs(shade - (20 + x + 0.5 + 11))).toBeLessThanOrEqual(2)
})

it('a spot as large as the picture of any camera stays within what is kept for it', () => {
  for (const [w, h] of [
    [1920, 1080],
    [1280, 720],
    [640, 480],
  ] as const) {
    const to = new Uint8Array(enlargedPixels)
    const large = enlarge({ luma: new Uint8Array(w * h), width: w, height: h }, { x: 0, y: 0, width: w, height: h }, to)
    expect(large.width * large.height).toBeLessThanOrEqual(enlargedPixels)
    expect(large.width * large.height).toBeGreaterThan(0.98 * enlargedPixels)
  }
})

it('modules come out black and white under a shadow', () => {
  const [width, height] = [120, 120]
  const isDark = (x: number, y: number) => (Math.floor(x / 6) + Math.floor(y / 6)) % 2 === 0
  const luma = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    return (isDark(x, y) ? 60 : 200) * (1 - x / 150)
  })
  const to = new Uint8Array(width * height)
  new Binarizer().binarize({ luma, width, height }, { near: 6, share: 1 }, to)
  for (let y = 3; y < height; y += 6) {
    for (let x = 3; x < width; x += 6) expect(to[y * width + x], `${x}, ${y}`).toBe(isDark(x, y) ? 0 : 255)
  }
})
