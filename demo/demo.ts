import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { enrolGate } from '../service/commands/enrol.ts'
import { followLog } from './follow.ts'
import { startGate } from './gate.ts'
import { makeCast } from './people.ts'
import { startProgram, stopProgram } from './process.ts'
import { untilStopped } from './stop.ts'

/** `npm run demo`: a platform, a gate and invented people, on this machine alone. A second start goes on with the same data. */
const { values } = parseArgs({ options: { data: { type: 'string', default: 'data/demo' } } })
const data = resolve(values.data)
const folders = { platform: join(data, 'platform'), gate: join(data, 'gate') }
const files = { made: join(data, 'demo.json'), settings: join(data, 'settings.json') }

const Made = z.object({ port: z.string(), site: z.string() })

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** What the programs log is for support; of a demonstration only warnings are worth showing. */
function warn(line: string): void {
  const level = /^\{"level":(\d+)/.exec(line)?.[1]
  if (level === undefined || Number(level) >= 40) process.stderr.write(`${line}\n`)
}

async function startPlatform(port: string) {
  const started = await startProgram('platform', ['serve', '--data', folders.platform, '--port', port], warn)
  if (started !== null) say(`Platform  ${started.ready.url} (embedded database in ${values.data}/platform)`)
  return started
}

/** The first start: makes the site, enrols the gate, and writes the gate's settings with the codes people show. */
async function prepare(url: string): Promise<boolean> {
  const { site, enrolment, codes } = await makeCast(folders.platform)
  if ((await enrolGate({ data: folders.gate, name: 'Cổng A' }, [enrolment])) !== 0) return false
  const readers = [{ id: 'simulator', driver: 'simulator', codes, everyMs: 3000 }]
  const settings = { lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'both', readers }] }
  writeFileSync(files.settings, JSON.stringify(settings, null, 2))
  writeFileSync(files.made, JSON.stringify({ port: new URL(url).port, site }))
  return true
}

function readMade() {
  return Made.parse(JSON.parse(readFileSync(files.made, 'utf8')))
}

const startGateHere = () => startGate({ data: folders.gate, settings: files.settings }, say, warn)

async function start() {
  if (existsSync(files.made)) {
    const { port } = readMade()
    const [platform, gate] = await Promise.all([startPlatform(port), startGateHere()])
    if (platform === null)
      say(`The platform needs port ${port}: end what uses it, or remove ${values.data} to begin anew`)
    return { platform, gate }
  }
  say('Making the demonstration, once')
  // What an interrupted first start left behind is of no use.
  for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true })
  const platform = await startPlatform('0')
  const prepared = platform !== null && (await prepare(platform.ready.url))
  return { platform, gate: prepared ? await startGateHere() : null }
}

mkdirSync(data, { recursive: true, mode: 0o700 })
const stopped = untilStopped()
const { platform, gate } = await start()
if (platform !== null && gate !== null) {
  const { site } = readMade()
  say(`Look      npx gate-kiosk visits --data ${values.data}/gate`)
  say(`          npx gate-platform visits --data ${values.data}/platform --site ${site}`)
  say('Ctrl-C stops everything. Every visit, once it is on disk and acknowledged by the platform:')
  const follower = followLog(folders.gate, say)
  await stopped
  follower.stop()
} else {
  process.exitCode = 1
}
await gate?.stop()
if (platform !== null) await stopProgram(platform.child)
process.exit()
