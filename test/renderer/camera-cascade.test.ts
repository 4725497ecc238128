import { describe, expect, it } from 'vitest'
import type { Decoder } from '../../renderer/camera/decoder.ts'
import type { Picture } from '../../renderer/camera/enlarge.ts'
import { LibraryDecoder } from '../../renderer/camera/library.ts'
import { Pace } from '../../renderer/camera/pace.ts'
import { loadCascade, look, pictureOf } from '../support/cascade.ts'
import { cccdOf } from '../support/people.ts'
import { addNoise, draw, height, modulesOf, type Pose, room, width } from '../support/video.ts'

const decoders = [
  { name: 'the cascade', load: () => loadCascade() },
  { name: 'the library for where WebAssembly is refused', load: async () => new LibraryDecoder() },
]
const text = cccdOf(1)
const empty = { width: 320, height: 240, luma: new Uint8Array(320 * 240).fill(128) }

/** "12345" in M1, for which ISO/IEC 18004 has no correction of errors. */
const micro = [
  '#######.#.#',
  '#.....#.##.',
  '#.###.#.#..',
  '#.###.#....',
  '#.###.#.###',
  '#.....#..##',
  '#######.#..',
  '.........##',
  '##..###..##',
  '.#.#...##..',
  '####.....##',
]

/** At which look the code is read, from 1 on; null: at none of the first six. */
function looks(decoder: Decoder, picture: Picture): number | null {
  for (let n = 1; n <= 6; n++) if (look(decoder, picture) === text) return n
  return null
}

/** What a camera sees of the code of `text`; `shake`: by how many pixels it moves while the shutter is open. */
function seen(to: Partial<Pose>, { light = 0.6, noise = 5, shake = 0 }): Picture {
  const pose: Pose = { x: 500, y: 370, side: 240, roll: 0.15, yaw: 0.1, pitch: -0.15, light: 0.85, ...to }
  const luma = room(light)
  draw(luma, modulesOf(text), pose, { ...pose, x: pose.x + shake })
  addNoise(luma, noise, 3)
  return { luma, width, height }
}

/** The code of `text`, 5 pixels to the module; `shade` says how bright it is at a place, which it gives in modules. */
function drawn(shade: (x: number, y: number, isDark: boolean | undefined) => number): Picture {
  const [width, height] = [640, 480]
  const code = modulesOf(text)
  const luma = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [((i % width) - 200) / 5, (Math.floor(i / width) - 130) / 5]
    return shade(x, y, code[Math.floor(y)]?.[Math.floor(x)])
  })
  return { luma, width, height }
}

/** More than can be corrected is missing from its middle. */
const scratched = drawn((x, y, isDark) => (Math.min(x, y) > 9 && Math.max(x, y) < 40 ? 220 : isDark ? 20 : 220))

describe.each(decoders)('$name', ({ load }) => {
  it('gives the bytes of a code in UTF-8, as they are', async () => {
    const decoder = await load()
    for (const n of [1, 2, 3]) expect(look(decoder, pictureOf(cccdOf(n)))).toBe(cccdOf(n))
  })

  it('finds nothing in a picture without a code', async () => {
    const decoder = await load()
    for (let turn = 0; turn < 6; turn++) expect(look(decoder, empty)).toBeNull()
  })
})

describe('the cascade reads', () => {
  it('a code in light on dark, at once', async () => {
    expect(look(await loadCascade(), pictureOf('dark mode', 220, 20))).toBe('dark mode')
  })

  it('a code in the dark, at once', async () => {
    expect(looks(await loadCascade(), seen({ light: 0.04 }, { light: 0.1, noise: 9 }))).toBe(1)
  })

  it('a code below one that cannot be read, at once', async () => {
    const decoder = await loadCascade()
    look(decoder, scratched)
    expect(decoder.isUnread).toBe(true)
    const { luma, width, height } = drawn((_x, _y, isDark) => (isDark ? 20 : 220))
    const both = { luma: Uint8Array.from([...scratched.luma, ...luma]), width, height: 2 * height }
    expect(looks(decoder, both)).toBe(1)
    expect(decoder.isUnread).toBe(false)
  })

  it('a shaken code', async () => {
    expect(looks(await loadCascade(), seen({}, { shake: 10 }))).not.toBeNull()
  })

  it('a code without a quiet zone on a dark screen', async () => {
    const picture = drawn((_x, _y, isDark) => (isDark === undefined ? 40 : isDark ? 10 : 240))
    expect(looks(await loadCascade(), picture)).not.toBeNull()
  })

  it('a code with a finger on its corner', async () => {
    const picture = drawn((x, y, isDark) => (Math.hypot(x, y) < 3 ? 110 : isDark ? 20 : 220))
    expect(looks(await loadCascade(), picture)).not.toBeNull()
  })

  it('first with what read the picture before', async () => {
    const decoder = await loadCascade()
    const shaken = seen({}, { shake: 10 })
    expect(looks(decoder, shaken)).toBe(2)
    expect(looks(decoder, shaken)).toBe(1)
  })
})

it('reads no Micro QR code, the smallest of which is easily found in noise', async () => {
  const luma = Uint8Array.from({ length: 19 * 19 * 64 }, (_, i) => {
    const [x, y] = [Math.floor((i % 152) / 8) - 4, Math.floor(i / 152 / 8) - 4]
    return micro[y]?.[x] === '#' ? 20 : 220
  })
  const decoder = await loadCascade()
  for (let turn = 0; turn < 6; turn++) expect(look(decoder, { luma, width: 152, height: 152 })).toBeNull()
})

it('goes on when pictures grow and shrink', async () => {
  const decoder = await loadCascade()
  for (const text of ['small', 'large '.repeat(80), 'small', 'large '.repeat(100)])
    expect(look(decoder, pictureOf(text))).toBe(text)
})

it('keeps nothing of the codes that it read', async () => {
  const [few, many] = [await loadCascade(), await loadCascade()]
  const picture = pictureOf('a code')
  look(few, picture)
  for (let n = 0; n < 500; n++) look(many, picture)
  // Where the memory for a larger picture lies, tells what else lies there.
  const place = (decoder: Decoder) => decoder.picture(1000, 1000, 1_000_000).byteOffset
  expect(place(many)).toBe(place(few))
})

describe('a slow machine', () => {
  it('looks at each picture in one way only, in turn', async () => {
    const dark = seen({ light: 0.04 }, { light: 0.1, noise: 9 })
    expect(looks(await loadCascade({ isSlow: true, missed: () => {} }), dark)).toBe(2)
  })

  it('is one on which a picture without a code takes longer than 20 ms, often', () => {
    const pace = new Pace()
    for (let n = 0; n < 30; n++) pace.missed(n % 3 === 0 ? 200 : 5)
    expect(pace.isSlow).toBe(false)
    for (let n = 0; n < 8; n++) pace.missed(21)
    expect(pace.isSlow).toBe(true)
    for (let n = 0; n < 15; n++) pace.missed(19)
    expect(pace.isSlow).toBe(false)
  })

  it('is known by the pictures without a code alone', async () => {
    const missed: number[] = []
    const decoder = await loadCascade({ isSlow: false, missed: (ms) => void missed.push(ms) })
    look(decoder, pictureOf('a code'))
    expect(missed).toEqual([])
    look(decoder, scratched)
    expect(missed).toEqual([])
    look(decoder, empty)
    expect(missed).toEqual([expect.any(Number)])
  })
})
