import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { State } from '../../contract/state.ts'
import { startProgram, stopProgram } from '../../demo/process.ts'
import { cccdOf } from '../../test/support/people.ts'
import { watchStates } from '../../test/support/watch.ts'
import { probeEnv } from './delays.ts'

const patienceMs = 30_000

type Awaited = { is(state: State): boolean; met(): void }
type Reader = ChildProcessByStdio<Writable, null, null>

/** The service of a gate as a process of its own, with a serial reader and with its page. */
export class BenchService {
  readonly child: ChildProcess
  /** When the platform held everything for the first time, by `performance.now`. */
  emptyAt: number | null = null
  readonly #reader: Reader
  readonly #watched: Promise<void>
  #shown = 0
  /** Those who come now are none of the backlog. */
  #person = 500_000
  #awaited: Awaited | null = null

  private constructor(started: { child: ChildProcess; url: string }, reader: Reader) {
    this.child = started.child
    this.#reader = reader
    this.#watched = watchStates(started.url, (state) => this.#heard(state))
  }

  static async start(dir: string): Promise<BenchService> {
    const path = join(dir, 'reader')
    const reader = spawn('socat', ['-', `pty,raw,echo=0,link=${path}`], { stdio: ['pipe', 'ignore', 'inherit'] })
    await once(reader, 'spawn')
    while (!existsSync(path)) await pause(10)
    const settings = join(dir, 'settings.json')
    const readers = [{ id: 'r1', driver: 'serial', path }]
    writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'A', direction: 'in', readers }] }))
    const started = await startProgram('service', ['serve', '--data', dir, '--settings', settings], () => {}, probeEnv)
    if (started === null) throw new Error('the service did not start')
    return new BenchService({ child: started.child, url: started.ready.url }, reader)
  }

  /** Number of the last visit that was scanned. */
  get shown(): number {
    return this.#shown
  }

  /** Somebody shows a card; gives ms from its last byte to the verdict at the page, with the visit on disk. */
  scan(): Promise<number> {
    return this.#show((state) => seqOf(state) > this.#shown)
  }

  /** Gives ms from the last byte to the platform's receipt for the visit and all before it. */
  scanToReceipt(): Promise<number> {
    return this.#show((state) => seqOf(state) > this.#shown && state.sync.waiting === 0)
  }

  async stop(): Promise<void> {
    await stopProgram(this.child)
    await this.#watched
    const gone = once(this.#reader, 'exit')
    this.#reader.kill()
    await gone
  }

  async #show(is: (state: State) => boolean): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#awaited = { is, met: resolve }
    const timer = setTimeout(() => reject(new Error(`nothing came of a scan within ${patienceMs} ms`)), patienceMs)
    const sent = performance.now()
    this.#reader.stdin.write(`${cccdOf(this.#person++)}\r`)
    await promise.finally(() => clearTimeout(timer))
    return performance.now() - sent
  }

  #heard(state: State) {
    if (state.sync.waiting === 0) this.emptyAt ??= performance.now()
    if (!this.#awaited?.is(state)) return
    this.#shown = seqOf(state)
    this.#awaited.met()
    this.#awaited = null
  }
}

/** Number of the visit on the screen, 0 for none. */
function seqOf({ lanes }: State): number {
  return Math.max(0, ...lanes.map(({ screen }) => (screen.kind === 'verdict' ? screen.verdict.visit.seq : 0)))
}
