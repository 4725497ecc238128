import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium, type Page } from 'playwright-core'
import { build, preview } from 'vite'
import { fakeCamera } from '../test/support/chromium.ts'
import { framesPerSecond, writeVideo } from '../test/support/video.ts'
import { pictures, type Scene, scenes } from './camera/film.ts'
import type { Engine } from './camera/load.ts'
import type { Bench } from './camera/page.ts'
import { quantile } from './quantiles.ts'

/**
 * `npm run bench:camera [-- --seed N]`: how many codes the camera's decoder reads and how fast, beside @zxing/library on
 * the same pictures: on stills of ../shared, on new ones of a seed where Python can make them, and on a film in front of
 * Chromium's fake camera. Needs chromium, and about 2 GB for the film and the pictures while it runs.
 */
declare const window: { bench: Bench }
const shared = fileURLToPath(new URL('../../shared/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'bench-camera-'))
const { values } = parseArgs({ options: { seed: { type: 'string', default: String(Date.now() % 1_000_000) } } })
/** A code stays in front of a camera for many pictures: so often a still is shown again. */
const tries = 5
const memoryReads = 20_000
const say = (line: string) => process.stdout.write(`${line}\n`)
const bar = (what: string, met: boolean) => say(`  ${met ? 'met ' : 'MISSED'} ${what}`)

const root = fileURLToPath(new URL('./camera', import.meta.url))
const built = { root, base: './', logLevel: 'warn', configFile: false, worker: { format: 'es' } } as const
await build({ ...built, build: { outDir: join(folder, 'page'), emptyOutDir: true, chunkSizeWarningLimit: 2000 } })
const server = await preview({
  ...built,
  build: { outDir: join(folder, 'page') },
  preview: { port: 0, host: '127.0.0.1' },
})
const film = join(folder, 'film.y4m')
writeVideo(film, pictures())
const noSandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const args = ['--disable-gpu', '--no-first-run', ...noSandbox, ...fakeCamera(film)]
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
try {
  const page = await browser.newPage()
  await page.goto(server.resolvedUrls?.local[0] ?? '')
  await page.waitForFunction(() => 'bench' in window)
  await filmed(page)
  const kept = join(shared, 'vectors/qr/gate')
  await stills(page, 'stills of ../shared', kept, 'needs ../shared/vectors')
  await memory(page, kept)
  await stills(page, `stills of seed ${values.seed}`, makeStills(), 'needs python3-opencv and python3-segno')
} finally {
  await browser.close()
  await server.close()
  rmSync(folder, { recursive: true })
}

/** New pictures of the seed, or null. */
function makeStills(): string | null {
  const script = join(shared, 'tools/gate-frames.py')
  const out = join(folder, 'stills')
  if (!existsSync(script)) return null
  say(`making stills of seed ${values.seed}; this takes a minute or two`)
  const { status } = spawnSync('/usr/bin/python3', [script, 'stills', out, values.seed], { stdio: 'ignore' })
  return status === 0 ? out : null
}

/** The stills of a folder, as ../shared/tools/gate-frames.py lists them; null: there are none. */
function listed(of: string | null): { file: string; expected: string }[] | null {
  const manifest = join(of ?? '', 'manifest.jsonl')
  if (of === null || !existsSync(manifest)) return null
  const lines = readFileSync(manifest, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line))
}

async function stills(page: Page, name: string, of: string | null, needs: string) {
  const all = listed(of)
  if (of === null || all === null) {
    say(`${name}: skipped, ${needs}`)
    return
  }
  say(`${name}: ${all.length}`)
  await page.route('**/still/*', (route, request) => route.fulfill({ path: join(of, nameIn(request.url())) }))
  const read = { cascade: 0, library: 0 }
  for (const engine of ['cascade', 'library'] as const) {
    const ms: number[] = []
    let wrong = 0
    for (const { file, expected } of all) {
      const url = `still/${encodeURIComponent(file)}`
      const input = { url, engine, tries: engine === 'cascade' ? tries : 1 }
      const found = await page.evaluate((of) => window.bench.still(of.url, of.engine, of.tries), input)
      ms.push(...found.ms)
      if (found.text === expected) read[engine]++
      else if (found.text !== null) wrong++
    }
    const times = `${ms.length} turns, median ${quantile(ms, 0.5).toFixed(1)} ms, p90 ${quantile(ms, 0.9).toFixed(1)} ms`
    say(
      `  ${engine}: ${read[engine]} read (${((100 * read[engine]) / all.length).toFixed(1)} %), ${wrong} wrong; ${times}`,
    )
  }
  bar('at least 80 % of the pictures', read.cascade >= 0.8 * all.length)
  bar('at least twice as many as @zxing/library', read.cascade >= 2 * read.library)
  await page.unroute('**/still/*')
}

async function memory(page: Page, of: string) {
  const file = listed(of)?.[0]?.file
  if (file === undefined) return
  await page.route('**/still/*', (route) => route.fulfill({ path: join(of, file) }))
  const [before, after] = await page.evaluate((times) => window.bench.memory('still/any', times), memoryReads)
  // Not a bar: a vector that is never deleted did not show in this size within 10,000 reads.
  say(`  memory of the decoder alone before and after ${memoryReads} reads: ${before} and ${after} bytes`)
  await page.unroute('**/still/*')
}

function nameIn(url: string): string {
  return decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')
}

async function filmed(page: Page) {
  const seconds = ((scenes.at(-1)?.last ?? 0) + 1) / framesPerSecond
  say(`film: ${scenes.length} codes, ${seconds.toFixed(0)} s at 1280×720 and ${framesPerSecond} pictures a second`)
  for (const engine of ['cascade', 'library'] as const) await filmedBy(page, engine, seconds)
}

async function filmedBy(page: Page, engine: Engine, seconds: number) {
  const input = { engine, forMs: seconds * 1000 }
  const { turns, seconds: took } = await page.evaluate((of) => window.bench.film(of.engine, of.forMs), input)
  const ms = turns.map((turn) => turn.ms)
  const delays = scenes.flatMap((scene) => delayOf(scene, turns))
  const rate = turns.length / took
  const share = ms.reduce((a, b) => a + b, 0) / 1000 / took
  const [half, most] = [quantile(delays, 0.5).toFixed(0), quantile(delays, 0.9).toFixed(0)]
  say(
    `  ${engine}: ${delays.length} of ${scenes.length} read, ${half} ms (median), ${most} ms (p90) after the whole code shows`,
  )
  const turn = `median ${quantile(ms, 0.5).toFixed(1)} ms, p90 ${quantile(ms, 0.9).toFixed(1)} ms`
  say(`    ${rate.toFixed(1)} pictures a second; a turn: ${turn}; ${(100 * share).toFixed(0)} % of one core`)
  if (engine === 'library') return
  bar('at least 29 pictures a second', rate >= 29)
  bar('a median turn under 10 ms', quantile(ms, 0.5) < 10)
}

/** In ms, in the time of the film, with the turn that read it; negative where the code was read before it was whole. */
function delayOf(
  { text, shown }: Scene,
  turns: readonly { number: number; ms: number; text: string | null }[],
): number[] {
  const read = turns.find((turn) => turn.text === text)
  return read === undefined ? [] : [((read.number - shown) * 1000) / framesPerSecond + read.ms]
}
