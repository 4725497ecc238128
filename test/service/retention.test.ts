import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { RetentionJob } from '../../service/retention.ts'
import { Store } from '../../service/store/index.ts'
import { PlatformClock } from '../../sync/clock.ts'
import { filesIn, tempFolder } from '../support/folder.ts'
import { draftOf } from './store/drafts.ts'

const madeAt = Date.parse('2026-11-21T01:30:00Z')
const dayMs = 24 * 60 * 60_000

/** A gate with three visits of today, all of them acknowledged but for the last. */
async function makeGate() {
  const dir = tempFolder()
  const store = Store.open(dir, 'write')
  if (typeof store === 'string') throw new Error(store)
  for (const person of [1, 2, 3]) await store.visits.append(() => ({ draft: draftOf(person), person: null }))
  store.exchange.acknowledge(2, [])
  const lines: string[] = []
  const log = pino({ base: null }, { write: (line: string) => void lines.push(line) })
  const clock = new PlatformClock({ system: () => madeAt + 3650 * dayMs })
  const job = new RetentionJob({ store, clock, log, days: () => 21 })
  onTestFinished(() => job.stop())
  /** Settles when the first run, if there is one, has ended. */
  const started = () => {
    job.start()
    return job.run(new Date(0))
  }
  const held = () => store.visits.read(1, 9).filter(({ personal }) => personal).length
  return { dir, store, clock, job, lines, started, held }
}

describe('a gate at work', () => {
  it('drops nothing by a clock that is ten years ahead while it has not heard its platform', async () => {
    const { job, started, held } = await makeGate()
    await started()
    expect(held()).toBe(3)
    await job.run(new Date(madeAt + 22 * dayMs))
    expect(held()).toBe(1)
  })

  it.each([
    { days: 20, left: 3 },
    { days: 22, left: 1 },
  ])('goes by the time of its platform: after $days days $left of 3 have personal data', async ({ days, left }) => {
    const { clock, started, held } = await makeGate()
    clock.observe(new Date(madeAt + days * dayMs).toUTCString(), 0)
    await started()
    expect(held()).toBe(left)
  })

  it('says that a visit waits past its time, from the day before', async () => {
    const { job, lines } = await makeGate()
    const warned = () => lines.filter((line) => line.includes('wait for the platform past their time')).length
    await job.run(new Date(madeAt + 19 * dayMs))
    expect(warned()).toBe(0)
    await job.run(new Date(madeAt + 20.1 * dayMs))
    expect(warned()).toBe(1)
  })

  it('leaves nothing of what it dropped in any file of the folder', async () => {
    const { dir, store, job } = await makeGate()
    store.exchange.acknowledge(3, [])
    const planted = '******000002'
    const found = () => filesIn(dir).filter((file) => readFileSync(file).includes(planted))
    expect(found()).not.toEqual([])
    await job.run(new Date(madeAt + 30 * dayMs))
    expect(found()).toEqual([])
  })

  it('tries again what a reader kept in the log of changes', async () => {
    const { dir, store, job } = await makeGate()
    store.exchange.acknowledge(3, [])
    const reader = new Database(join(dir, 'gate.db'), { readonly: true })
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM visits').get()
    await job.run(new Date(madeAt + 30 * dayMs))
    const wal = join(dir, 'gate.db-wal')
    expect(readFileSync(wal).length).toBeGreaterThan(0)
    reader.close()
    await job.run(new Date(madeAt + 30 * dayMs))
    expect(readFileSync(wal)).toHaveLength(0)
  })
})
