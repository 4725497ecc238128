import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { encodeEntry } from '../service/store/segment.ts'
import { quantile } from './quantiles.ts'
import { BenchGate, folderOf } from './store/gate.ts'

/**
 * `npm run bench:store [-- --large] [--rounds N]`: how many visits a second are on disk, each sealed, chained and judged by
 * the last passage, beside bare appends of a record of the same size with fdatasync. Bare and store take turns in slices of
 * 120 and 280 ms, so that what else the disk does hits both; medians of the rounds. `--large` adds a file of 10 million
 * visits (16 GB).
 */
const { values } = parseArgs({ options: { large: { type: 'boolean' }, rounds: { type: 'string', default: '25' } } })
const rounds = Number(values.rounds)
const [bareMs, caseMs] = [120, 280]

type Case = { name: string; lanes: number; gate: BenchGate; rates: number[]; ratios: number[]; took: number[] }

const root = mkdtempSync(join(tmpdir(), 'bench-'))
const one = (name: string, lanes: number, held: number, journaled: boolean): Case => {
  process.stdout.write(`making: ${name}\n`)
  return { name, lanes, gate: new BenchGate(folderOf(root, name), held, journaled), rates: [], ratios: [], took: [] }
}
const single = one('1 lane', 1, 0, false)
const journaled = one('1 lane, journal', 1, 0, true)
const eight = one('8 lanes', 8, 0, false)
const eightJournaled = one('8 lanes, journal', 8, 0, true)
const million = one('1 lane, journal, 1 M held', 1, 1_000_000, true)
const large = values.large === true ? one('1 lane, journal, 10 M held', 1, 10_000_000, true) : null
const cases = [single, journaled, eight, eightJournaled, million, ...(large === null ? [] : [large])]

const record = encodeEntry({ row: await single.gate.row(), person: null })
const bare = openSync(join(root, 'bare'), 'w')
const bareRates: number[] = []
const bareTook: number[] = []
for (let round = 0; round < rounds; round++) {
  for (const each of cases) {
    const raw = appendFor(bareMs)
    const stored = await storeFor(each, caseMs)
    // The first round warms up.
    if (round === 0) continue
    bareRates.push(raw)
    each.rates.push(stored)
    each.ratios.push(stored / raw)
  }
}
report()
for (const { gate } of cases) gate.close()
closeSync(bare)
rmSync(root, { recursive: true })

/** Bare appends a second. */
function appendFor(ms: number): number {
  const begun = performance.now()
  let count = 0
  for (; performance.now() - begun < ms; count++) {
    const sent = performance.now()
    writeSync(bare, record)
    fdatasyncSync(bare)
    bareTook.push(performance.now() - sent)
  }
  return count / ((performance.now() - begun) / 1000)
}

/** Visits a second. */
async function storeFor({ gate, lanes, took }: Case, ms: number): Promise<number> {
  const begun = performance.now()
  let count = 0
  const lane = async () => {
    while (performance.now() - begun < ms) {
      const sent = performance.now()
      await gate.pass()
      took.push(performance.now() - sent)
      count++
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return count / ((performance.now() - begun) / 1000)
}

function report() {
  const median = (values: readonly number[]) => quantile(values, 0.5)
  const row = (name: string, rates: readonly number[], took: readonly number[], ratio: string) =>
    print(name, median(rates).toFixed(0), ratio, median(took).toFixed(2), quantile(took, 0.99).toFixed(2))
  print('', 'a second', 'of bare', 'median ms', 'p99 ms')
  row(`bare append, ${record.length} bytes`, bareRates, bareTook, '')
  for (const { name, rates, ratios, took } of cases) row(name, rates, took, median(ratios).toFixed(2))
  process.stdout.write(`bytes a visit in the file of 1 M: ${million.gate.bytesPerVisit().toFixed(0)}\n`)
  bar('1 lane, of bare', median(single.ratios), 0.8)
  bar('1 lane with the journal, of bare', median(journaled.ratios), 0.5)
  bar('8 lanes, of 1 lane', median(eight.ratios) / median(single.ratios), 5)
  bar('8 lanes with the journal, of 1 lane with it', median(eightJournaled.ratios) / median(journaled.ratios), 5)
  const latency = median(journaled.took)
  bar('empty file, of one with 1 M, by the median time', latency / median(million.took), 0.8)
  if (large !== null) bar('empty file, of one with 10 M, by the median time', latency / median(large.took), 0.8)
}

function print(name: string, ...cells: string[]) {
  process.stdout.write(`${name.padEnd(30)}${cells.map((cell) => cell.padStart(11)).join('')}\n`)
}

function bar(name: string, value: number, least: number) {
  const met = value >= least ? 'met' : 'MISSED'
  process.stdout.write(`${name}: ${value.toFixed(2)}, expected ${least} or more: ${met}\n`)
}
