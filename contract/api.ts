import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { State } from './state.ts'

/**
 * What a page may ask of the service. One call: the whole state at once, again after every change, and every 5 s.
 * A page that reconnects calls again and needs no history. A slow page skips states in between, never the last one.
 */
export const api = {
  watch: oc
    .input(z.strictObject({ lane: z.string().max(40).optional() }))
    .errors({ NO_SUCH_LANE: { message: 'no lane has this id', data: z.object({ lanes: z.array(z.string()) }) } })
    .output(eventIterator(State)),
}
