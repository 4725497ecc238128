import type { Decoder } from '../../renderer/camera/decoder.ts'
import { readPictures } from '../../renderer/camera/pictures.ts'
import { type Engine, load } from './load.ts'
import { numberOf } from './number.ts'

/** One picture of the film: its number, how long it took from the copy to the answer, and what was read. */
export type Turn = { number: number; ms: number; text: string | null }

type Order = { engine: Engine; pictures: ReadableStream<VideoFrame> }
addEventListener('message', ({ data }: MessageEvent<Order>) => run(data), { once: true })

async function run({ engine, pictures }: Order) {
  const decoder = await load(engine, 'measured')
  const turn: Turn = { number: 0, ms: 0, text: null }
  let begun = 0
  let luma: Uint8Array = new Uint8Array()
  let width = 0
  const watched: Decoder = {
    picture: (...size) => {
      width = size[0]
      const picture = decoder.picture(...size)
      luma = picture
      return picture
    },
    read: () => {
      turn.number = numberOf(luma, width)
      const bytes = decoder.read()
      turn.text = bytes === null ? null : new TextDecoder().decode(bytes)
      return bytes
    },
  }
  await readPictures(pictures, watched, ({ kind }) => {
    if (kind === 'began') begun = performance.now()
    else if (kind === 'ended') postMessage({ ...turn, ms: performance.now() - begun })
  })
}
