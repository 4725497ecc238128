import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { framesPerSecond, writeVideo } from '../test/support/video.ts'
import { type Opened, open } from './camera/browser.ts'
import { pictures, type Scene, scenes } from './camera/film.ts'
import type { Engine } from './camera/load.ts'
import type { Bench } from './camera/page.ts'
import { keptStills, newStills, type Stills } from './camera/stills.ts'
import type { Turn } from './camera/worker.ts'
import { quantile } from './quantiles.ts'

/**
 * `npm run bench:camera [-- --seed N]`: how many codes the camera's decoder reads and how fast, beside @zxing/library on
 * the same pictures: on a film in front of Chromium's fake camera, on stills of ../shared, and on new ones of a seed where
 * Python can make them. Exit code 1 when a bar is missed. Needs chromium, and about 2 GB for the film and the pictures.
 */
declare const window: { bench: Bench }
const { values } = parseArgs({ options: { seed: { type: 'string', default: String(Date.now() % 1_000_000) } } })
/** A code stays in front of a camera for many pictures: so often a still is shown again. */
const tries = 5
const aloneMs = 5000
const warmUpReads = 2000
const memoryReads = 20_000
const mostGrowthKb = 10_000

const say = (line: string) => process.stdout.write(`${line}\n`)
function bar(what: string, met: boolean) {
  say(`  ${met ? 'met   ' : 'MISSED'} ${what}`)
  if (!met) process.exitCode = 1
}

const folder = mkdtempSync(join(tmpdir(), 'bench-camera-'))
const film = join(folder, 'film.y4m')
writeVideo(film, pictures())
const browser = await open(folder, film)
try {
  await filmed(browser)
  await memory(browser)
  await stills(browser, 'stills of ../shared', keptStills())
  await stills(browser, `stills of seed ${values.seed}`, newStills(values.seed, join(folder, 'stills')))
} finally {
  await browser.close()
  rmSync(folder, { recursive: true })
}

async function filmed(browser: Opened) {
  const ms = (1000 * ((scenes.at(-1)?.last ?? 0) + 1)) / framesPerSecond
  say(`film: ${scenes.length} codes, ${(ms / 1000).toFixed(0)} s at 1280×720 and ${framesPerSecond} pictures a second`)
  await filmedBy(browser, 'none', aloneMs)
  const { rate, half } = await filmedBy(browser, 'cascade', ms)
  bar('at least 29 pictures a second', rate >= 29)
  bar('a median turn under 10 ms', half < 10)
  await filmedBy(browser, 'library', ms)
}

async function filmedBy({ page, spent }: Opened, engine: Engine, forMs: number) {
  const before = await spent()
  const input = { engine, forMs }
  const { turns, seconds } = await page.evaluate((of) => window.bench.film(of.engine, of.forMs), input)
  const after = await spent()
  const share = (key: 'renderers' | 'all') => `${((100 * (after[key] - before[key])) / seconds).toFixed(0)} %`
  const ms = turns.map((turn) => turn.ms)
  const [rate, half] = [turns.length / seconds, quantile(ms, 0.5)]
  say(
    `  ${engine}: ${rate.toFixed(1)} pictures a second; a turn: median ${half.toFixed(1)} ms, p90 ${quantile(ms, 0.9).toFixed(1)} ms; of one core: the page ${share('renderers')}, the browser as a whole ${share('all')}`,
  )
  if (engine !== 'none') sayRead(turns)
  return { rate, half }
}

function sayRead(turns: readonly Turn[]) {
  const delays = scenes.flatMap((scene) => delayOf(scene, turns))
  const [half, most] = [quantile(delays, 0.5).toFixed(0), quantile(delays, 0.9).toFixed(0)]
  const missed = scenes.filter((scene) => delayOf(scene, turns).length === 0).map(({ name }) => name)
  say(`    ${delays.length} of ${scenes.length} read, ${half} ms (median), ${most} ms (p90) after the whole code shows`)
  if (missed.length > 0) say(`    not read: ${missed.join(', ')}`)
}

/** In ms, in the time of the film, with the turn that read it; negative where the code was read before it was whole. */
function delayOf({ text, shown }: Scene, turns: readonly Turn[]): number[] {
  const read = turns.find((turn) => turn.text === text)
  return read === undefined ? [] : [((read.number - shown) * 1000) / framesPerSecond + read.ms]
}

async function memory({ page, resident }: Opened) {
  const reads = (times: number) => page.evaluate((of) => window.bench.again(of), times)
  await reads(warmUpReads)
  const before = await resident()
  const read = await reads(memoryReads)
  const grown = (await resident()) - before
  say(`memory: ${(before / 1024).toFixed(0)} MB; ${(grown / 1024).toFixed(1)} MB more after ${read} further reads`)
  bar('flat over 20,000 reads', read === memoryReads && grown < mostGrowthKb)
}

async function stills({ page }: Opened, name: string, of: Stills | null) {
  if (of === null) {
    say(`${name}: skipped, needs ../shared, python3-opencv and python3-segno`)
    return
  }
  say(`${name}: ${of.all.length}, the cascade in up to ${tries} pictures`)
  const nameIn = (url: string) => decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')
  await page.route('**/still/*', (route, request) => route.fulfill({ path: join(of.folder, nameIn(request.url())) }))
  const read = { cascade: 0, library: 0 }
  let wrong = 0
  for (const { file, expected } of of.all) {
    const input = { url: `still/${encodeURIComponent(file)}`, tries }
    const { cascade, library } = await page.evaluate((of) => window.bench.still(of.url, of.tries), input)
    if (cascade === expected) read.cascade++
    else if (cascade !== null) wrong++
    if (library === expected) read.library++
  }
  await page.unroute('**/still/*')
  const share = (100 * read.cascade) / of.all.length
  say(`  cascade ${read.cascade} (${share.toFixed(1)} %), ${wrong} wrong; library ${read.library}`)
  bar('at least 80 %, and none wrong', share >= 80 && wrong === 0)
  bar('at least twice as many as @zxing/library', read.cascade >= 2 * read.library)
}
