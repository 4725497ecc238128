import { cccdOf } from '../../test/support/people.ts'
import { addNoise, type Carrier, draw, height, modulesOf, type Pose, room, width } from '../../test/support/video.ts'
import { number } from './number.ts'

/** A code that somebody brings to the camera. `shown`: the number of the first picture with the whole code. */
export type Scene = { name: string; text: string; shown: number; last: number }

type Kind = {
  name: string
  to: Partial<Pose>
  room: number
  noise: number
  on?: Carrier
  inverted?: true
  /** Never held still: so many pixels to the right with every picture. */
  sweep?: number
}

const kinds: readonly Kind[] = [
  { name: 'paper', to: {}, room: 0.6, noise: 5 },
  { name: 'tilted', to: { yaw: 0.65, pitch: -0.3 }, room: 0.6, noise: 5 },
  { name: 'turned', to: { roll: 2.2 }, room: 0.5, noise: 8 },
  { name: 'dim', to: { light: 0.25 }, room: 0.2, noise: 10 },
  { name: 'small', to: { side: 115 }, room: 0.6, noise: 4 },
  { name: 'moving', to: { x: 350 }, room: 0.6, noise: 5, sweep: 8 },
  { name: 'dim and tilted', to: { light: 0.2, yaw: -0.5 }, room: 0.15, noise: 9 },
  { name: 'phone', to: { light: 0.9 }, room: 0.5, noise: 5, on: 'phone' },
  { name: 'phone, dark mode', to: {}, room: 0.4, noise: 6, on: 'phone', inverted: true },
  { name: 'bright phone at night', to: { light: 1 }, room: 0.08, noise: 12, on: 'phone' },
  { name: 'dim phone', to: { light: 0.3, yaw: -0.3 }, room: 0.4, noise: 8, on: 'phone' },
]
const rounds = 2
const emptyPictures = 10
const comingPictures = 15
const heldPictures = 20
const perScene = emptyPictures + comingPictures + heldPictures

export const scenes: Scene[] = Array.from({ length: kinds.length * rounds }, (_, n) => {
  const poses = Array.from({ length: perScene }, (_, k) => poseAt(n, k))
  const shown = poses.findIndex((pose) => pose !== null && pose.y + 0.75 * pose.side < height)
  return { name: kindOf(n).name, text: cccdOf(n + 1), shown: n * perScene + shown, last: (n + 1) * perScene - 1 }
})

/** The pictures of all scenes, one after the other; each carries its number. */
export function* pictures(): Generator<Uint8Array, void, void> {
  for (const [n, { text }] of scenes.entries()) {
    const kind = kindOf(n)
    const behind = room(kind.room)
    const code = kind.inverted ? inverted(modulesOf(text)) : modulesOf(text)
    for (let k = 0; k < perScene; k++) {
      const picture = Uint8Array.from(behind)
      const [from, to] = [poseAt(n, k), poseAt(n, k + 0.5)]
      // The shutter is open for half of the time.
      if (from !== null && to !== null) draw(picture, code, from, to, kind.on)
      addNoise(picture, kind.noise, n * perScene + k + 1)
      number(picture, width, n * perScene + k)
      yield picture
    }
  }
}

function kindOf(n: number): Kind {
  const kind = kinds[n % kinds.length]
  if (kind === undefined) throw new RangeError('no such scene')
  return kind
}

/** A hand comes from below, ever slower, and then trembles; null while there is none. */
function poseAt(scene: number, picture: number): Pose | null {
  if (picture < emptyPictures) return null
  const t = Math.min(1, (picture - emptyPictures) / comingPictures)
  const near = 1 - (1 - t) ** 3
  const tremble = Math.sin(picture * 1.7) * 1.5
  const held: Pose = { x: 500 + 40 * (scene % 7), y: 370, side: 240, roll: 0.15, yaw: 0.1, pitch: -0.15, light: 0.85 }
  const { to: changed, sweep = 0 } = kindOf(scene)
  const to: Pose = { ...held, ...changed }
  const side = to.side * (0.5 + 0.5 * near)
  return {
    ...to,
    side,
    x: to.x + tremble + sweep * (picture - emptyPictures),
    y: to.y + (height + 150 - to.y) * (1 - near) + tremble,
  }
}

/** With a dark quiet zone of its own. */
function inverted(code: boolean[][]): boolean[][] {
  const rim = 4
  const size = code.length + 2 * rim
  return Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (_, x) => code[y - rim]?.[x - rim] !== true),
  )
}
