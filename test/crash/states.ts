import { Random } from '../fuzz/random.ts'
import { check } from './check.ts'
import { Disk, type Fate } from './disk.ts'
import type { Operation } from './trace.ts'

export type Tally = {
  states: number
  /** States in which a visit is gone that was shown green. */
  lossy: number
  mostLost: number
  corrupt: number
  /** The first state that was not good. */
  first: string | null
}

/** Every `every`th state, from state `first` on, of so many torn ones an operation. */
export type Share = { first: number; every: number; torn: number; seed: number }

/** Cuts the power before each operation, and checks what a start makes of each state that the disk may be left in. */
export function judgeStates(operations: readonly Operation[], { first, every, torn, seed }: Share): Tally {
  const tally: Tally = { states: 0, lossy: 0, mostLost: 0, corrupt: 0, first: null }
  const disk = new Disk()
  const shown = new Map<string, string>()
  let next = 0
  const judge = (step: number, fate: Fate, random: Random) => {
    if (next++ % every !== first) return
    const verdict = check(disk.after(fate, random), shown)
    tally.states++
    if (verdict.kind === 'good') return
    if (verdict.kind === 'corrupt') tally.corrupt++
    else tally.lossy++
    if (verdict.kind === 'lost') tally.mostLost = Math.max(tally.mostLost, verdict.visits)
    tally.first ??= `operation ${step}, ${fate}: ${JSON.stringify(verdict)}`
  }
  for (const [step, operation] of operations.entries()) {
    if (operation.kind === 'ack') shown.set(`${operation.log} ${operation.seq}`, operation.hash)
    else disk.do(operation)
    const random = new Random(seed + step)
    // What is left when all is dropped changes with a sync alone, and what was shown with an answer.
    if (operation.kind === 'sync' || operation.kind === 'ack') judge(step, 'dropped', random)
    judge(step, 'kept', random)
    for (let n = 0; n < torn; n++) judge(step, 'torn', random)
  }
  return tally
}
