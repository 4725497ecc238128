import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Engine, pglite, postgres } from './platform/engines.ts'
import { print, quantile } from './quantiles.ts'
import { fill } from './sync/backlog.ts'
import { type Delays, longest } from './sync/delays.ts'
import { type Measured, measure } from './sync/engine.ts'
import { replicate } from './sync/pouch/replicate.ts'
import type { Traffic } from './sync/wire.ts'

/**
 * `npm run bench:sync [-- --visits 100000]`: a gate comes back from an outage with so many visits, to the platform on
 * PostgreSQL and on PGlite, while people go on passing about 5 times a second. Then 100 visits
 * made online, until the gate has the platform's receipt. Beside it the same visits from PouchDB to a CouchDB-compatible
 * server in the same run. Needs socat and PostgreSQL; PouchDB comes from the registry at the first run.
 */
const { values } = parseArgs({ options: { visits: { type: 'string', default: '100000' } } })
const count = Number(values.visits)
if (!Number.isInteger(count) || count < 1) throw new Error(`expected --visits to be 1 or more, got ${values.visits}`)

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const sayLoad = () =>
  say(
    `load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  )

const root = mkdtempSync(join(tmpdir(), 'bench-sync-'))
try {
  sayLoad()
  const filled = join(root, 'filled')
  say(`making ${count} visits`)
  await fill(filled, count)
  const rates: [string, number][] = []
  for (const start of [() => postgres(null), async () => pglite()]) {
    const engine = await start()
    try {
      rates.push([engine.name, await ours(engine, filled)])
    } finally {
      await engine.stop()
    }
  }
  await theirs(filled, rates)
} finally {
  rmSync(root, { recursive: true, force: true })
}

/** Gives visits a second. */
async function ours(engine: Engine, filled: string): Promise<number> {
  const { name } = engine
  const measured = await measure(engine, filled, root)
  const { visits, seconds, traffic, rest, upload, alone, receipts } = measured
  const rate = visits / seconds
  say(`\n${name}: ${visits} visits in ${seconds.toFixed(1)} s, ${rate.toFixed(0)} visits/s, all there exactly once`)
  sayTraffic('visit', traffic, visits)
  print(`  scan to verdict without upload (${rest.scans.length})`, rest.scans, 'ms')
  print(`  scan to verdict with upload (${upload.scans.length})`, upload.scans, 'ms')
  sayDelays('event loop, scans without upload', longest(rest.service))
  sayDelays('event loop, scans with upload', longest(upload.service))
  sayDelays('event loop, upload alone', longest(alone.service))
  sayDelays('an idle process during upload', longest([...upload.idle, ...alone.idle]))
  print('  visit made online, to its receipt', receipts, 'ms')
  bars(name, measured)
  sayLoad()
  return rate
}

/** The same visits by PouchDB. */
async function theirs(filled: string, rates: readonly [string, number][]): Promise<void> {
  say('')
  const replicated = await replicate(filled, root)
  if (replicated.kind === 'skipped') return say(`PouchDB skipped: ${replicated.why}`)
  const { docs, seconds, traffic, delays, versions } = replicated
  const rate = docs / seconds
  say(`PouchDB (${versions}), every write of LevelDB with sync on both sides:`)
  say(`  ${docs} docs in ${seconds.toFixed(1)} s, ${rate.toFixed(0)} docs/s`)
  sayTraffic('doc', traffic, docs)
  sayDelays('its event loop', delays)
  for (const [name, own] of rates) bar(`${name}: visits/s, of docs/s`, own / rate, { least: 1 })
  sayLoad()
}

function sayTraffic(what: string, { sent, received }: Traffic, each: number) {
  say(`  on the wire for each ${what} ${(sent / each).toFixed(0)} bytes up, ${(received / each).toFixed(1)} bytes down`)
}

function sayDelays(what: string, delays: Delays) {
  const ms = (of: keyof Delays) => delays[of].toFixed(1)
  say(`  ${what}: longest delay ${ms('longest')} ms, p99 at most ${ms('p99')} ms`)
  say(`    longest without waiting for a core ${ms('own')} ms, longest computing ${ms('computed')} ms`)
}

function bars(name: string, { rest, upload, alone, receipts }: Measured) {
  const slower = quantile(upload.scans, 0.99) - quantile(rest.scans, 0.99)
  const delays = longest(alone.service)
  bar(`${name}: scan p99 with upload less that without, ms`, slower, { most: 5 })
  bar(`${name}: longest event-loop delay by upload alone, ms`, delays.longest, { most: 5 })
  bar(`${name}: the same without waiting for a core, ms`, delays.own, { most: 5 })
  bar(`${name}: visit made online to its receipt, p95, ms`, quantile(receipts, 0.95), { most: 2000 })
}

function bar(name: string, value: number, expected: { least: number } | { most: number }) {
  const met = 'least' in expected ? value >= expected.least : value <= expected.most
  const range = 'least' in expected ? `${expected.least} or more` : `${expected.most} or less`
  if (Number.isNaN(value)) return say(`  ${name}: the backlog was too small to measure it`)
  say(`  ${name}: ${value.toFixed(2)}, expected ${range}: ${met ? 'met' : 'MISSED'}`)
}
