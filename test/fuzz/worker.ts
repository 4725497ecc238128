import { parentPort, workerData } from 'node:worker_threads'
import { codes, transported } from '../support/codes.ts'
import { type Findings, maxFailures } from './findings.ts'
import { makeGenuine } from './genuine.ts'
import { judge } from './judge.ts'
import { mutate, toBytes } from './mutate.ts'
import { Random } from './random.ts'

/** Longer than any answer may take. */
const maxMs = 20

parentPort?.postMessage(fuzz(workerData.seed, workerData.count))

function fuzz(seed: number, count: number): Findings {
  const random = new Random(seed)
  const { reading, genuine } = makeGenuine()
  const [first = '', ...rest] = [...Object.values(codes).flat(), ...transported, ...genuine.map(({ text }) => text)]
  const kinds = new Map<string, number>()
  const failures: Findings['failures'][number][] = []
  let slowestMs = 0
  for (let n = 0; n < count && failures.length < maxFailures; n++) {
    const bytes = toBytes(mutate([first, ...rest], random), random)
    const { answer, ms } = timed(() => judge(bytes, reading, genuine))
    slowestMs = Math.max(slowestMs, ms)
    const why = typeof answer === 'string' ? answer : ms > maxMs ? `it took ${ms} ms` : null
    if (why !== null) failures.push({ why, payload: Buffer.from(bytes).toString('base64') })
    const kind = typeof answer === 'string' ? 'failure' : `${answer.kind} ${answer.check}`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return { tried: count, kinds, failures, slowestMs }
}

/** A slow answer is asked for again: the machine may have had something else to do. */
function timed<Answer>(ask: () => Answer): { answer: Answer; ms: number } {
  let best = Number.POSITIVE_INFINITY
  for (let times = 0; ; times++) {
    const begun = performance.now()
    const answer = ask()
    best = Math.min(best, performance.now() - begun)
    if (best <= maxMs || times === 9) return { answer, ms: best }
  }
}
