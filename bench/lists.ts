import { fork } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { Lists } from '../service/store/lists.ts'
import { PlatformClient } from '../sync/client.ts'
import { PlatformClock } from '../sync/clock.ts'
import { Enrolment } from '../sync/enrolment.ts'
import { ListFetcher } from '../sync/lists.ts'
import { ListRef } from '../sync/protocol.ts'
import { print } from './quantiles.ts'

/**
 * `npm run bench:lists [-- --entries N]`: what it costs a gate to fetch a list of 1,000,000 revoked codes and to keep it up
 * to date, and to look a code up. The event loop: the longest delay and its 99th percentile, and the longest that its thread
 * computed between two timers of a millisecond, which other programs on the machine do not lengthen.
 */
const { values } = parseArgs({ options: { entries: { type: 'string', default: '1000000' } } })
const Served = z.object({
  port: z.int(),
  x: z.string(),
  held: z.array(z.string()),
  first: z.object({ version: z.int(), digest: z.string() }),
  later: z.string(),
})

const server = fork(new URL('lists/platform.ts', import.meta.url), [values.entries])
const [message]: unknown[] = await once(server, 'message')
const { port, x, held, first, later } = Served.parse(message)
const url = `http://127.0.0.1:${port}`
const enrolment = Enrolment.parse({
  ...{ url, audience: url, deviceId: 'dev_1', signingKey: { kty: 'OKP', crv: 'Ed25519', x } },
  privateKey: generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
})
const dir = mkdtempSync(join(tmpdir(), 'bench-'))
const say = (line: string) => process.stdout.write(`${line}\n`)
const lists = new Lists(dir, 'use', say)
const client = new PlatformClient(enrolment, new PlatformClock())
const pacing = { now: () => performance.now() }
const parts = { client, signingKey: enrolment.signingKey, pacing, gate: { lists, report: say } }
const fetcher = new ListFetcher(parts)
const rss = () => process.memoryUsage.rss() / 1e6

await measured('idle', () => pause(2000))
const ref = (to: { version: number; digest: string }) => [ListRef.parse({ list: 'revoked', ...to })]
lists.want(ref(first))
await measured(`load ${values.entries}`, catchUp)
lookUp()
lists.want(ref({ version: first.version + 1, digest: later }))
await measured('one more', catchUp)
const files = readdirSync(join(dir, 'lists'))
say(files.map((file) => `${file}: ${(statSync(join(dir, 'lists', file)).size / 1e6).toFixed(1)} MB`).join(', '))
lists.close()
client.close()
server.kill()
rmSync(dir, { recursive: true })

async function catchUp() {
  while (fetcher.due <= performance.now()) await fetcher.step()
}

async function measured(what: string, work: () => Promise<void>) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const computing = computed()
  const [before, begun, worked] = [rss(), performance.now(), process.threadCpuUsage()]
  let most = before
  const watching = setInterval(() => {
    most = Math.max(most, rss())
  }, 50)
  await work()
  clearInterval(watching)
  delay.disable()
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const { user, system } = process.threadCpuUsage(worked)
  const [longest, p99] = [delay.max, delay.percentile(99)].map((ns) => (ns / 1e6 - 1).toFixed(1))
  say(`${what}: ${seconds} s, of that computing ${((user + system) / 1e6).toFixed(1)} s`)
  say(`  event loop delay: longest ${longest} ms, p99 ${p99} ms; ${computing()}`)
  say(`  memory: ${before.toFixed(0)} MB before, ${most.toFixed(0)} MB at most, ${rss().toFixed(0)} MB after`)
}

/** How long the thread computed at a stretch. */
function computed(): () => string {
  const all: number[] = []
  let before = process.threadCpuUsage()
  const timer = setInterval(() => {
    const now = process.threadCpuUsage()
    all.push((now.user + now.system - before.user - before.system) / 1000)
    before = now
  }, 1)
  return () => {
    clearInterval(timer)
    all.sort((a, b) => a - b)
    const at = (q: number) => (all[Math.floor(q * (all.length - 1))] ?? 0).toFixed(1)
    return `computed at a stretch: longest ${at(1)} ms, p99.9 ${at(0.999)} ms, p99 ${at(0.99)} ms`
  }
}

function lookUp() {
  const absent = Array.from({ length: held.length }, () => randomBytes(8).toString('base64url'))
  for (const [what, ids] of [['held', held] as const, ['not held', absent] as const]) {
    const took = ids.map((id) => {
      const begun = performance.now()
      const has = lists.has('revoked', id)
      const ended = performance.now()
      if (has !== (what === 'held')) throw new Error(`expected ${id} to be ${what}`)
      return (ended - begun) * 1000
    })
    print(`look-up of an id that is ${what}`, took, 'µs')
  }
}
