import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { databaseFile } from '../../service/store/database.ts'
import { Store } from '../../service/store/index.ts'
import { type Gate, SyncAgent } from '../../sync/agent.ts'
import { PlatformClock } from '../../sync/clock.ts'
import { sha256 } from '../../sync/digest.ts'
import type { Enrolment } from '../../sync/enrolment.ts'
import type { Health } from '../../sync/protocol.ts'
import type { Outbox } from '../../sync/uploader.ts'
import { noLists } from '../sync/no-lists.ts'
import { nextVisit } from '../sync/visits.ts'
import type { Which } from './events.ts'
import { memoryFolder } from './folder.ts'
import type { Steps } from './steps.ts'

/** A gate with its real store and its real agent, and with a log kept from an earlier file. */
export class FaultGate implements Gate {
  readonly lists = noLists
  readonly steps: Steps
  /** The system's clock, from the true time. */
  offMs = 0
  /** The next receipt ends the gate. */
  mortal = false
  dead = false
  clock = this.#newClock()
  readonly #enrolment: Enrolment
  readonly #dirs: Record<Which, string> = { kept: newFolder(), current: newFolder() }
  #stores: Record<Which, Store>
  #agent: SyncAgent
  #version = 0

  constructor(enrolment: Enrolment, steps: Steps) {
    this.steps = steps
    this.#enrolment = enrolment
    this.#stores = this.#open()
    this.#agent = new SyncAgent(enrolment, this, steps)
  }

  get device(): string {
    return this.#enrolment.deviceId
  }

  get state() {
    return this.#agent.state
  }

  store(which: Which): Store {
    return this.#stores[which]
  }

  outboxes(): readonly Outbox[] {
    return [this.#outbox('kept'), this.#outbox('current')]
  }

  policyVersion(): number {
    return this.#version
  }

  async adopt({ version }: { version: number }): Promise<null> {
    this.#version = version
    return null
  }

  purge(): void {
    for (const store of Object.values(this.#stores)) store.purge()
  }

  changed(): void {}

  report(): void {}

  health(): Health {
    const clock = this.clock.stamp()
    return {
      at: this.clock.now().toISOString(),
      software: { name: 'gate-kiosk', version: '0.0.0' },
      policyVersion: this.#version,
      queue: { waiting: this.state.waiting, oldest: null, refused: 0 },
      readers: [],
      disk: { freeBytes: 1 },
      clock,
      uptimeMs: clock.upMs,
    }
  }

  async start(): Promise<void> {
    this.#agent.start()
    await this.steps.paused()
  }

  /** People pass: their visits are on disk when this returns. */
  async visits(which: Which, count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#append(which)))
  }

  /** There is something to send. */
  async wake(): Promise<void> {
    this.#agent.wake()
    await this.steps.paused()
  }

  async pause(): Promise<void> {
    this.steps.pass()
    await this.steps.paused()
  }

  async restart(): Promise<void> {
    await this.#end()
    this.dead = false
    this.clock = this.#newClock()
    this.#stores = this.#open()
    this.#agent = new SyncAgent(this.#enrolment, this, this.steps)
    await this.start()
  }

  async remove(): Promise<void> {
    await this.#end()
    for (const dir of Object.values(this.#dirs)) rmSync(dir, { recursive: true, force: true })
  }

  /** Changes a visit in the file, and makes all later ones join. */
  tamper(which: Which, seq: number): void {
    const db = new Database(databaseFile(this.#dirs[which]))
    const rows = db.prepare<[number], { seq: number; body: string }>(
      'SELECT seq, body FROM visits WHERE seq >= ? ORDER BY seq',
    )
    let prev: string | null = null
    for (const row of rows.all(seq)) {
      const body: string = prev === null ? row.body.replace('"lane":"in"', '"lane":"out"') : rejoined(row.body, prev)
      prev = sha256(body)
      db.prepare('UPDATE visits SET body = ?, hash = ? WHERE seq = ?').run(body, prev, row.seq)
    }
    db.close()
  }

  async #end() {
    const ended = this.#agent.stop()
    this.steps.pass()
    await ended
    for (const store of Object.values(this.#stores)) store.close()
  }

  #newClock() {
    return new PlatformClock({ system: () => Date.now() + this.offMs })
  }

  #open(): Record<Which, Store> {
    return { kept: opened(this.#dirs.kept), current: opened(this.#dirs.current) }
  }

  #outbox(which: Which): Outbox {
    const outbox = this.#stores[which].outbox((error) => {
      throw error
    })
    return {
      ...outbox,
      acknowledge: (acked, rejected) => {
        if (this.mortal) [this.mortal, this.dead] = [false, true]
        return !this.dead && outbox.acknowledge(acked, rejected)
      },
    }
  }

  #append(which: Which) {
    const { seq: _seq, id: _id, digest: _digest, prev: _prev, hash: _hash, personal, ...read } = nextVisit(undefined)
    const clock = this.clock.stamp()
    const draft = { ...read, at: this.clock.now().toISOString(), clock, personal: personal ?? noPersonal() }
    return this.#stores[which].visits.append(() => ({ draft, person: null }))
  }
}

function noPersonal() {
  return { salt: randomBytes(16).toString('base64url'), subject: null, masked: {}, sealed: null }
}

function rejoined(body: string, prev: string): string {
  return body.replace(/"prev":"[^"]{43}"/, `"prev":"${prev}"`)
}

function newFolder(): string {
  return mkdtempSync(join(memoryFolder, 'faults-gate-'))
}

function opened(dir: string): Store {
  const store = Store.open(dir, 'write')
  if (typeof store === 'string') throw new Error(store)
  return store
}
