import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { ReaderState, State } from './state.ts'

/** A reader of the driver `camera`, and its lane. */
const camera = { lane: z.string().max(40), reader: z.string().max(40) }
const NO_SUCH_READER = { message: 'the lane has no camera of this id' }

/** What a page may ask of the service. */
export const api = {
  /**
   * The whole state at once, again after every change, and every 5 s. A page that reconnects calls again and needs no
   * history. A slow page skips states in between, never the last one.
   */
  watch: oc
    .input(z.strictObject({ lane: z.string().max(40).optional() }))
    .errors({ NO_SUCH_LANE: { message: 'no lane has this id', data: z.object({ lanes: z.array(z.string()) }) } })
    .output(eventIterator(State)),
  /** A code that the page read with its camera, in base64; settles when it was answered. */
  scan: oc
    .input(z.strictObject({ ...camera, bytes: z.base64().min(4).max(12_000) }))
    .errors({ NO_SUCH_READER })
    .output(z.void()),
  /** How the camera is. The page says so at every change and every 4 s: 12 s without a word mean that it went away. */
  camera: oc
    .input(z.strictObject({ ...camera, state: ReaderState }))
    .errors({ NO_SUCH_READER })
    .output(z.void()),
}
