import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const probe = new URL('./probe.ts', import.meta.url)

/**
 * How a program's event loop was held up, in ms: the longest delay and its 99th percentile (`monitorEventLoopDelay`); the
 * longest less the time that its thread waited for a core, which is its own computing and waiting for the disk; and the
 * longest that it computed.
 */
const Delays = z.object({ longest: z.number(), p99: z.number(), own: z.number(), computed: z.number() })
export type Delays = z.infer<typeof Delays>

/** For a program that is to be asked. */
export const probeEnv = { NODE_OPTIONS: `--import ${probe.href}` }

/** Does nothing but tell how late its timers were. */
export function startIdle(): ChildProcess {
  return fork(fileURLToPath(probe))
}

/** Since the last time that this program was asked. */
export async function delaysOf(child: ChildProcess): Promise<Delays> {
  const { promise, resolve, reject } = Promise.withResolvers<Delays>()
  const hear = (message: unknown) => {
    const told = Delays.safeParse(message)
    if (told.success) resolve(told.data)
  }
  const timer = setTimeout(() => reject(new Error('expected the program to tell of its delays within 30 s')), 30_000)
  child.on('message', hear)
  child.send('delays')
  return promise.finally(() => {
    clearTimeout(timer)
    child.off('message', hear)
  })
}

/** NaN where nothing was measured. */
export function longest(all: readonly Delays[]): Delays {
  const most = (of: keyof Delays) => (all.length === 0 ? Number.NaN : Math.max(...all.map((each) => each[of])))
  return { longest: most('longest'), p99: most('p99'), own: most('own'), computed: most('computed') }
}
