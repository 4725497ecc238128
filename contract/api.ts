import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { ReaderState, State } from './state.ts'

/**
 * Why what a reader sent cannot be the code it read: it is longer than any code, a key came with Ctrl, Alt or the logo
 * key, or an input method changed it.
 */
export const Misread = z.enum(['overlong', 'chord', 'input-method'])
export type Misread = z.infer<typeof Misread>

const Id = z.string().max(40)
const NO_SUCH_DEVICE = { message: 'the lane has no device of this id that a page looks after' }

/** What a page may ask of the service. */
export const api = {
  /**
   * The whole state at once, again after every change, and every 5 s. A page that reconnects calls again and needs no
   * history. A slow page skips states in between, never the last one.
   */
  watch: oc
    .input(z.strictObject({ lane: Id.optional() }))
    .errors({ NO_SUCH_LANE: { message: 'no lane has this id', data: z.object({ lanes: z.array(z.string()) }) } })
    .output(eventIterator(State)),
  /** A code that the page read with its camera, or that a reader typed into it, in base64; settles when it was answered. */
  scan: oc
    .input(z.strictObject({ lane: Id, reader: Id, bytes: z.base64().min(4).max(12_000) }))
    .errors({ NO_SUCH_DEVICE })
    .output(z.void()),
  /** A reader of the page sent something that cannot be the code it read. */
  misread: oc
    .input(z.strictObject({ lane: Id, reader: Id, why: Misread }))
    .errors({ NO_SUCH_DEVICE })
    .output(z.void()),
  /**
   * How a device is that the page looks after: a camera, a reader that types into the page, or the sound. The page says so
   * at every change and every 4 s: 12 s without a word mean that it went away.
   */
  pageDevice: oc
    .input(z.strictObject({ lane: Id, device: Id, state: ReaderState }))
    .errors({ NO_SUCH_DEVICE })
    .output(z.void()),
}
