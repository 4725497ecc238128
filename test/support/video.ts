import { closeSync, openSync, writeSync } from 'node:fs'
import encodeQR from 'qr'

/** Grey pictures as a camera gives them: luminance in the range of video, 16 to 235. */
export const width = 1280
export const height = 720
export const framesPerSecond = 30

/** How a code is held: its middle and its side in pixels, its turns in radians, and how bright it is, 0 to 1. */
export type Pose = { x: number; y: number; side: number; roll: number; yaw: number; pitch: number; light: number }
type Vector = [number, number, number]
/** In modules. */
const quietZone = 4
const phoneRim = 3

/** True is dark. The rim of one module, the least that `qr` gives, is cut off. */
export function modulesOf(text: string): boolean[][] {
  const rimmed = encodeQR(text, 'raw', { ecc: 'medium', border: 1 })
  return rimmed.slice(1, -1).map((row) => row.slice(1, -1))
}

/** What shows a code: a white card, or the screen of a phone, through which the camera sees a moiré. */
export type Carrier = 'card' | 'phone'

/** What a camera with a usual lens sees of a code, between two poses: each shade is of four moments. */
export function draw(picture: Uint8Array, code: boolean[][], from: Pose, to: Pose, carrier: Carrier = 'card'): void {
  const moments = [0, 1, 2, 3].map((n) => rayCaster(code, mix(from, to, n / 4), carrier))
  const reach = Math.max(from.side, to.side)
  const rows = [Math.min(from.y, to.y) - reach, Math.max(from.y, to.y) + reach] as const
  const columns = [Math.min(from.x, to.x) - reach, Math.max(from.x, to.x) + reach] as const
  for (let y = Math.max(0, Math.floor(rows[0])); y < Math.min(height, rows[1]); y++) {
    for (let x = Math.max(0, Math.floor(columns[0])); x < Math.min(width, columns[1]); x++) {
      const at = y * width + x
      const behind = ((picture[at] ?? 0) - 16) / 219
      let sum = 0
      for (const [n, shade] of moments.entries()) sum += shade(x + (n & 1) / 2, y + (n >> 1) / 2) ?? behind
      picture[at] = 16 + (219 * sum) / 4
    }
  }
}

/** The shade of what shows the code where the camera looks along a pixel; null beside it. */
function rayCaster(code: boolean[][], { x, y, side, roll, yaw, pitch, light }: Pose, carrier: Carrier) {
  const focal = 0.85 * width
  const turn = ([a, b, c]: Vector): Vector => {
    const [a1, b1] = [a * Math.cos(roll) - b * Math.sin(roll), a * Math.sin(roll) + b * Math.cos(roll)]
    const [a2, c1] = [a1 * Math.cos(yaw) + c * Math.sin(yaw), c * Math.cos(yaw) - a1 * Math.sin(yaw)]
    return [a2, b1 * Math.cos(pitch) - c1 * Math.sin(pitch), b1 * Math.sin(pitch) + c1 * Math.cos(pitch)]
  }
  const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
  const [right, down, normal] = [turn([1, 0, 0]), turn([0, 1, 0]), turn([0, 0, 1])]
  const middle: Vector = [(x - width / 2) / focal, (y - height / 2) / focal, 1]
  const [far, from, above] = [dot(normal, middle), dot(right, middle), dot(down, middle)]
  const modules = code.length
  const perUnit = (modules * focal) / side
  // Called for every pixel four times: no vector is made here.
  return (px: number, py: number): number | null => {
    const [u, v] = [(px - width / 2) / focal, (py - height / 2) / focal]
    const reach = far / (normal[0] * u + normal[1] * v + normal[2])
    const across = ((right[0] * u + right[1] * v + right[2]) * reach - from) * perUnit + modules / 2
    const along = ((down[0] * u + down[1] * v + down[2]) * reach - above) * perUnit + modules / 2
    const beyond = Math.max(-Math.min(across, along), Math.max(across, along) - modules)
    if (beyond > quietZone) return carrier === 'phone' && beyond <= quietZone + phoneRim ? 0.03 : null
    const shade = light * (code[Math.floor(along)]?.[Math.floor(across)] === true ? 0.06 : 0.95)
    return carrier === 'phone' ? shade * moire(across, along) : shade
  }
}

/** The beat of the screen's pixels with those of the camera: stripes a little narrower than a module. */
function moire(across: number, along: number): number {
  return 0.8 + 0.2 * Math.sin(2 * Math.PI * (1.1 * across + 0.6 * along))
}

function mix(a: Pose, b: Pose, t: number): Pose {
  const of = (key: keyof Pose) => a[key] + (b[key] - a[key]) * t
  return {
    x: of('x'),
    y: of('y'),
    side: of('side'),
    roll: of('roll'),
    yaw: of('yaw'),
    pitch: of('pitch'),
    light: of('light'),
  }
}

/** A room: soft light from the left, a door and a counter. */
export function room(light: number): Uint8Array {
  const picture = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const door = x > 900 && x < 1100 && y > 120 ? 0.5 : 1
      const counter = y > 600 ? 0.6 : 1
      picture[y * width + x] = 16 + 219 * light * (0.75 - x / (3 * width)) * door * counter
    }
  }
  return picture
}

/** The noise of a sensor, the same at every run. */
export function addNoise(picture: Uint8Array, most: number, seed: number): void {
  let state = seed | 1
  for (let i = 0; i < picture.length; i++) {
    // Marsaglia, "Xorshift RNGs", 2003.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    picture[i] = Math.max(16, Math.min(235, (picture[i] ?? 0) + ((state & 0xff) / 127.5 - 1) * most))
  }
}

/** For Chromium's --use-file-for-fake-video-capture, which plays it again and again. */
export function writeVideo(path: string, pictures: Iterable<Uint8Array>): void {
  const file = openSync(path, 'w')
  const grey = Buffer.alloc((width * height) / 2, 128)
  writeSync(file, `YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420jpeg\n`)
  for (const picture of pictures) {
    writeSync(file, 'FRAME\n')
    writeSync(file, picture)
    writeSync(file, grey)
  }
  closeSync(file)
}
