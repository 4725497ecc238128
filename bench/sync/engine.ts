import type { ChildProcess } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { startProgram, stopProgram } from '../../demo/process.ts'
import { select } from '../../platform/database.ts'
import type { Engine } from '../platform/engines.ts'
import { enrolFolder } from './backlog.ts'
import { type Delays, delaysOf, startIdle } from './delays.ts'
import { BenchService } from './gate.ts'
import { type Traffic, Wire } from './wire.ts'

/** Rest, upload, and upload while nobody passes take turns, so that what else the machine does hits all of them. */
const sliceMs = 2000
const warmUps = 30
const onlineVisits = 100
const patienceSeconds = 240
/** A scan comes every 200 ms on average. */
const betweenScansMs = () => 100 + 200 * Math.random()

/** What was met under one condition: ms of each scan, and the delays of the service and of an idle process by slices. */
type Side = { scans: number[]; service: Delays[]; idle: Delays[] }
export type Measured = {
  /** Sent while the backlog went up, and how long that took without the rests. */
  visits: number
  seconds: number
  traffic: Traffic
  rest: Side
  upload: Side
  /** Upload while nobody passed. */
  alone: Side
  /** For each visit made online, ms until its receipt. */
  receipts: number[]
}

/** A gate comes back with the backlog of folder `filled` to a platform on this engine, and people go on passing. */
export async function measure(engine: Engine, filled: string, root: string): Promise<Measured> {
  const env = { XDG_STATE_HOME: join(root, 'state') }
  const platform = await startProgram('platform', ['serve', ...engine.args], () => {}, env)
  if (platform === null) throw new Error('the platform did not start')
  const wire = await Wire.to(platform.ready.url)
  const idle = startIdle()
  try {
    const dir = join(root, engine.name)
    cpSync(filled, dir, { recursive: true })
    const options = { data: { type: 'string' }, database: { type: 'string' } } as const
    await enrolFolder(dir, parseArgs({ args: engine.args, options }).values, wire.url)
    // A stopped platform takes connections and answers none: the gate waits for it and has nothing to do.
    platform.child.kill('SIGSTOP')
    const gate = await BenchService.start(dir)
    const measured = await comeBack(gate, { idle, platform: platform.child, wire })
    await gate.stop()
    await stopProgram(platform.child)
    await onceEach(engine, gate.shown)
    return measured
  } finally {
    platform.child.kill('SIGKILL')
    idle.kill()
    await wire.stop()
  }
}

type Around = { idle: ChildProcess; platform: ChildProcess; wire: Wire }

async function comeBack(gate: BenchService, { idle, platform, wire }: Around): Promise<Measured> {
  for (let n = 0; n < warmUps; n++) await gate.scan()
  const before = wire.traffic()
  const side = (): Side => ({ scans: [], service: [], idle: [] })
  const [rest, upload, alone] = [side(), side(), side()]
  let seconds = 0
  while (gate.emptyAt === null) {
    await slice(gate, idle, rest, true)
    platform.kill('SIGCONT')
    const began = performance.now()
    await slice(gate, idle, upload, true)
    if (gate.emptyAt === null) await slice(gate, idle, alone, false)
    platform.kill('SIGSTOP')
    seconds += ((gate.emptyAt ?? performance.now()) - began) / 1000
    if (seconds > patienceSeconds) throw new Error(`the backlog was not up after ${patienceSeconds} s`)
  }
  const [after, visits] = [wire.traffic(), gate.shown]
  platform.kill('SIGCONT')
  const receipts: number[] = []
  while (receipts.length < onlineVisits) {
    receipts.push(await gate.scanToReceipt())
    await pause(betweenScansMs())
  }
  const traffic = { sent: after.sent - before.sent, received: after.received - before.received }
  return { visits, seconds, traffic, rest, upload, alone, receipts }
}

async function slice(gate: BenchService, idle: ChildProcess, side: Side, scanning: boolean): Promise<void> {
  await Promise.all([delaysOf(gate.child), delaysOf(idle)])
  const [began, empty] = [performance.now(), gate.emptyAt]
  while (performance.now() - began < sliceMs && gate.emptyAt === empty) {
    await pause(betweenScansMs())
    if (scanning) side.scans.push(await gate.scan())
  }
  const [service, alone] = await Promise.all([delaysOf(gate.child), delaysOf(idle)])
  side.service.push(service)
  side.idle.push(alone)
}

/** Throws where the platform lacks a visit, or has one twice. */
async function onceEach(engine: Engine, expected: number): Promise<void> {
  const database = await engine.open()
  const Row = z.object({ visits: z.int(), places: z.int(), last: z.int() })
  const text = `select count(*) as visits, count(distinct (device, log, seq)) as places, max(seq) as last from visit
    where rejected_code is null`
  const [row] = await select(database, Row, text)
  await database.close()
  if (row === undefined || [row.visits, row.places, row.last].some((count) => count !== expected))
    throw new Error(`expected ${expected} visits, each of them once, found ${JSON.stringify(row)}`)
}
