import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Share, Tally } from './states.ts'
import { record } from './trace.ts'

/**
 * `large` visits go through several segments of the journal; `journal` has a database that does not wait for the disk;
 * `unsafe` has no journal either, and must lose visits. `torn`: states
 * an operation that are torn by chance; `oneIn`: how many states there are for each that is checked.
 */
export type Recording = {
  kind: 'small' | 'large' | 'journal' | 'unsafe'
  groups: number
  torn: number
  oneIn: number
  seed: number
}

/** Records a run of the store and cuts its power everywhere. */
export async function crash({ kind, groups, torn, oneIn, seed }: Recording): Promise<Tally> {
  const temp = mkdtempSync(join(tmpdir(), 'crash-'))
  try {
    const [folder, trace] = [join(temp, 'data'), join(temp, 'trace')]
    mkdirSync(folder)
    await record(trace, [folder, kind, String(groups), String(seed)])
    const parts = Math.min(availableParallelism(), 8)
    const every = parts * oneIn
    const shares = Array.from({ length: parts }, (_, part): Share => ({ first: part * oneIn, every, torn, seed }))
    return sum(await Promise.all(shares.map((share) => work({ trace, folder, share }))))
  } finally {
    rmSync(temp, { recursive: true })
  }
}

function work(workerData: { trace: string; folder: string; share: Share }): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData })
    worker.once('message', resolve).once('error', reject)
  })
}

function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((all, one) => ({
    states: all.states + one.states,
    lossy: all.lossy + one.lossy,
    mostLost: Math.max(all.mostLost, one.mostLost),
    corrupt: all.corrupt + one.corrupt,
    first: all.first ?? one.first,
  }))
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { states: { type: 'string', default: '200000' }, seed: { type: 'string' } } })
  let seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  process.stdout.write(`seed ${seed}\n`)
  let all: Tally = { states: 0, lossy: 0, mostLost: 0, corrupt: 0, first: null }
  while (all.states < Number(values.states) && all.lossy + all.corrupt === 0) {
    all = sum([all, await crash({ kind: 'small', groups: 40, torn: 11, oneIn: 1, seed })])
    all = sum([all, await crash({ kind: 'large', groups: 10, torn: 2, oneIn: 10, seed })])
    process.stdout.write(`${JSON.stringify(all)}\n`)
    seed++
  }
  process.exitCode = all.lossy + all.corrupt === 0 ? 0 : 1
}
