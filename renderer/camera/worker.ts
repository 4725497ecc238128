import { Cascade } from './cascade.ts'
import type { Decoder } from './decoder.ts'
import { readPictures, type WorkerMessage } from './pictures.ts'

/** Its first message brings the pictures. */
addEventListener('message', ({ data }: MessageEvent<ReadableStream<VideoFrame>>) => run(data), { once: true })

async function run(pictures: ReadableStream<VideoFrame>) {
  const tell = (message: WorkerMessage) => postMessage(message)
  const decoder = await loadDecoder()
  tell({ kind: 'ready' })
  await readPictures(pictures, decoder, tell)
}

/** A policy or an old processor may refuse WebAssembly. */
async function loadDecoder(): Promise<Decoder> {
  try {
    const wasm = await fetch(new URL('../../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url))
    return await Cascade.load(await wasm.arrayBuffer())
  } catch {
    const { LibraryDecoder } = await import('./library.ts')
    return new LibraryDecoder()
  }
}
