import { parseArgs } from 'node:util'
import { type Event, eventsOf } from './events.ts'
import { type Lived, live } from './life.ts'
import { RealPlatform } from './platform.ts'
import { FaultyProxy } from './proxy.ts'
import { Random } from './random.ts'

const stepsOfALife = 100
/** Lives that a trace may take to be made shorter. */
const patience = 150

/** `met`: how many requests met each fault; `forks`: how often tampering was reported. */
type Held = {
  kind: 'held'
  steps: number
  lives: number
  requests: number
  forks: number
  events: Record<string, number>
  met: Record<string, number>
}
type Failed = { kind: 'failed'; seed: number; why: string; trace: readonly Event[] }

/** Lets gates live through `steps` events that `seed` chooses, one gate after the other, through the faulty proxy. */
export async function faults(steps: number, seed: number): Promise<Held | Failed> {
  const platform = await RealPlatform.start()
  const proxy = await FaultyProxy.start(platform.url)
  const events: Record<string, number> = {}
  const lives = Math.ceil(steps / stepsOfALife)
  let forks = 0
  try {
    for (let life = seed; life < seed + lives; life++) {
      const trace = eventsOf(new Random(life), stepsOfALife)
      for (const { kind } of trace) events[kind] = (events[kind] ?? 0) + 1
      const lived = await live(trace, life, platform, proxy)
      if (lived.kind === 'fork') forks++
      if (lived.kind !== 'broken') continue
      const attempt = (fewer: readonly Event[]) => live(fewer, life, platform, proxy)
      return { kind: 'failed', seed: life, ...(await shortest({ why: lived.why, trace }, attempt)) }
    }
    const { requests, met } = proxy
    return { kind: 'held', steps: lives * stepsOfALife, lives, requests, forks, events, met }
  } finally {
    await proxy.stop()
    await platform.stop()
  }
}

type Found = { why: string; trace: readonly Event[] }

/** Leaves out events, ever fewer at once, while the life still fails. */
async function shortest(found: Found, attempt: (events: readonly Event[]) => Promise<Lived>): Promise<Found> {
  let best = found
  let left = patience
  for (let size = Math.ceil(best.trace.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.trace.length && left > 0; left--) {
      const trace = best.trace.toSpliced(at, size)
      const lived = await attempt(trace)
      if (lived.kind === 'broken') best = { why: lived.why, trace }
      else at += size
    }
  }
  return best
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { steps: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  })
  const outcome = await faults(Number(values.steps), Number(values.seed))
  process.stdout.write(`${JSON.stringify(outcome, null, 1)}\n`)
  process.exitCode = outcome.kind === 'held' ? 0 : 1
}
