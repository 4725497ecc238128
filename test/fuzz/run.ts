import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { type Findings, maxFailures } from './findings.ts'

/**
 * `npm run fuzz [-- --seed N] [--count N]`: reads payloads that are codes of every kind, broken in ways that know their
 * grammar. Fails where one throws, is called verified without being genuine, shows more than it may, or takes too long.
 */
const { values } = parseArgs({ options: { seed: { type: 'string' }, count: { type: 'string', default: '1000000' } } })
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const count = Number(values.count)
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count < 1) {
  throw new Error('expected --seed and --count to be whole numbers')
}
const threads = 2
process.stdout.write(`seed ${seed}\n`)
const begun = performance.now()
const all = await Promise.all(
  Array.from({ length: threads }, (_, thread) => work(seed + thread, Math.ceil(count / threads))),
)
const seconds = (performance.now() - begun) / 1000

const kinds = new Map<string, number>()
for (const found of all) for (const [kind, times] of found.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + times)
const failures = all.flatMap((found) => found.failures)
for (const [kind, times] of [...kinds].sort()) process.stdout.write(`${kind.padEnd(28)}${String(times).padStart(9)}\n`)
for (const { why, payload } of failures.slice(0, maxFailures)) process.stdout.write(`${why}\n  ${payload}\n`)
const tried = all.reduce((sum, found) => sum + found.tried, 0)
const slowest = Math.max(...all.map((found) => found.slowestMs)).toFixed(1)
process.stdout.write(
  `${tried} payloads in ${seconds.toFixed(0)} s, ${failures.length} failures, slowest ${slowest} ms\n`,
)
process.exitCode = failures.length === 0 ? 0 : 1

function work(from: number, payloads: number): Promise<Findings> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: { seed: from, count: payloads } })
    worker.once('message', resolve).once('error', reject)
  })
}
