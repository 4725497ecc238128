import { parseArgs } from 'node:util'
import { z } from 'zod'
import { startProgram, stopProgram } from '../demo/process.ts'
import { type Database, select } from '../platform/database.ts'
import { migrate } from '../platform/migrations.ts'
import { type Engine, familySeconds, pglite, postgres } from './platform/engines.ts'
import { enrolFleet, type Gate, type Load, makeFleet } from './platform/fleet.ts'
import { type Met, sendAll } from './platform/send.ts'
import { print } from './quantiles.ts'

/**
 * `npm run bench:platform -- [--gates 1000] [--visits 100] [--database postgres://…]`: gates that all come back at the same
 * moment after an outage, each with so many visits, by signed requests in gzip on a connection of its own; then each with
 * one visit more. Beside it the same rows by one COPY into a table without indexes in the same database. Without a
 * database: on a PostgreSQL cluster of its own and on PGlite.
 */
const { values } = parseArgs({
  options: {
    gates: { type: 'string', default: '1000' },
    visits: { type: 'string', default: '100' },
    database: { type: 'string' },
  },
})
const [gateCount, visitCount] = [Number(values.gates), Number(values.visits)]
const say = (line: string) => process.stdout.write(`${line}\n`)

const { gates, publicKeys } = makeFleet(gateCount, visitCount)
const bytes = gates.reduce((sum, { backlog }) => sum + backlog.reduce((all, { body }) => all + body.length, 0), 0)
say(
  `${gateCount} gates, ${visitCount} visits each; ${Math.round(bytes / gateCount / visitCount)} bytes a visit in gzip`,
)
const engines =
  values.database === undefined ? [() => postgres(null), async () => pglite()] : [() => postgres(values.database ?? '')]
for (const start of engines) {
  const engine = await start()
  try {
    await measure(engine)
  } finally {
    await engine.stop()
  }
}

async function measure(engine: Engine) {
  await opened(engine, async (database) => {
    await migrate(database)
    await enrolFleet(database, gates, publicKeys)
  })
  const server = await startProgram('platform', ['serve', ...engine.args], () => {})
  if (server === null) throw new Error('the platform did not start')
  const { url, pid } = server.ready
  const used = () => ({ platform: familySeconds(pid), database: engine.cpuSeconds() })
  const rate = await returned(`${engine.name}: everyone comes back`, url, used, ({ backlog }) => backlog)
  await returned(`${engine.name}: one visit each`, url, used, ({ live }) => [live])
  await stopProgram(server.child)
  await opened(engine, onceEach)
  const seconds = await engine.copy()
  const raw = (gateCount * (visitCount + 1)) / seconds
  say(`${engine.name}: COPY ${Math.round(raw)} visits/s; the platform reaches ${(rate / raw).toFixed(3)} of it\n`)
}

async function opened(engine: Engine, work: (database: Database) => Promise<void>) {
  const database = await engine.open()
  await work(database)
  await database.close()
}

type Used = { platform: number; database: number | null }

/** Gives visits a second. */
async function returned(what: string, url: string, used: () => Used, of: (gate: Gate) => Load[]): Promise<number> {
  const met: Met = { ms: [], busy: 0, broken: 0, other: 0 }
  const [began, before] = [performance.now(), used()]
  await Promise.all(gates.map((gate) => sendAll(url, gate, of(gate), met)))
  const [seconds, after] = [(performance.now() - began) / 1000, used()]
  const sent = gates.flatMap(of).reduce((sum, { visits }) => sum + visits, 0)
  say(`${what}: ${Math.round(sent / seconds)} visits/s, ${(met.ms.length / seconds).toFixed(1)} batches/s`)
  print('  a batch that was taken', met.ms, 'ms')
  say(`  sent away with Retry-After ${met.busy}, connections broken ${met.broken}, other answers ${met.other}`)
  const perSecond = (cpu: number) => `${cpu.toFixed(1)} s of CPU (${Math.round(sent / cpu)} visits a second of it)`
  const database = before.database === null || after.database === null ? null : after.database - before.database
  say(`  in ${seconds.toFixed(1)} s the platform took ${perSecond(after.platform - before.platform)}`)
  if (database !== null) say(`  and the database ${perSecond(database)}`)
  return sent / seconds
}

/** Throws where a visit is missing or there twice. Makes the table for COPY. */
async function onceEach(database: Database) {
  const Row = z.object({ visits: z.int(), places: z.int(), gates: z.int(), last: z.int() })
  const [row] = await select(
    database,
    Row,
    `select count(*) as visits, count(distinct (device, log, seq)) as places, count(distinct device) as gates,
      max(seq) as last from visit where rejected_code is null`,
  )
  const expected = { visits: gateCount * (visitCount + 1), gates: gateCount, last: visitCount + 1 }
  if (
    row?.visits !== expected.visits ||
    row.places !== expected.visits ||
    row.gates !== gateCount ||
    row.last !== expected.last
  ) {
    throw new Error(`expected ${JSON.stringify(expected)}, found ${JSON.stringify(row)}`)
  }
  await database.query('drop table if exists bare')
  await database.query('create table bare (like visit)')
  const Size = z.object({ table: z.int(), indexes: z.int() })
  const [size] = await select(
    database,
    Size,
    `select sum(pg_table_size(inhrelid))::bigint as table, sum(pg_indexes_size(inhrelid))::bigint as indexes
      from pg_inherits where inhparent = 'visit'::regclass`,
  )
  const each = (sum = 0) => Math.round(sum / row.visits)
  say(`all there exactly once; ${each(size?.table)} bytes a visit in the table, ${each(size?.indexes)} in its indexes`)
}
