import { isDeepStrictEqual } from 'node:util'
import type { Visit } from '../../sync/protocol.ts'
import type { Event, Which } from './events.ts'
import { FaultGate } from './gate.ts'
import type { RealPlatform } from './platform.ts'
import type { FaultyProxy } from './proxy.ts'
import { Random } from './random.ts'
import { Steps } from './steps.ts'

/** More pauses than any backoff takes to get through to a platform that answers as it should. */
const patience = 60
const logs = ['kept', 'current'] as const

/** `fork`: the gate was tampered with, and that was reported. */
export type Lived = { kind: 'held' } | { kind: 'fork' } | { kind: 'broken'; why: string }

/** A gate lives through the events. */
export async function live(
  events: readonly Event[],
  seed: number,
  platform: RealPlatform,
  proxy: FaultyProxy,
): Promise<Lived> {
  proxy.reset()
  const gate = new FaultGate(await platform.enrol(proxy.url), new Steps(new Random(seed)))
  const life = new Life(gate, platform, proxy)
  try {
    await gate.visits('kept', 30)
    await gate.start()
    for (const event of events) {
      await life.live(event)
      await life.check()
    }
    return await life.judge()
  } catch (error) {
    return broken(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    await gate.remove()
    await platform.forget()
  }
}

class Life {
  readonly #gate: FaultGate
  readonly #platform: RealPlatform
  readonly #proxy: FaultyProxy
  /** The most that the platform is known to have held of each log. */
  readonly #most: Record<Which, number> = { kept: 0, current: 0 }
  #restored = false
  /** What was on disk before somebody changed it. */
  #tampered: { which: Which; true: Visit[] } | null = null

  constructor(gate: FaultGate, platform: RealPlatform, proxy: FaultyProxy) {
    this.#gate = gate
    this.#platform = platform
    this.#proxy = proxy
  }

  async live(event: Event): Promise<void> {
    const gate = this.#gate
    switch (event.kind) {
      case 'visits':
        await gate.visits('current', event.count)
        return this.#after(gate.wake())
      case 'pause':
        return this.#after(gate.pause())
      case 'faults':
        this.#proxy.orders.push(...event.faults)
        return
      case 'restart':
        return this.#after(gate.restart())
      case 'kill':
        gate.mortal = true
        return
      case 'clock':
        gate.offMs = event.offMs
        return
      case 'restored': {
        const { log, held } = await this.#held(event.which)
        this.#restored = true
        this.#most[event.which] = Math.max(this.#most[event.which], held.length)
        return this.#platform.restore(gate.device, log, Math.max(0, held.length - event.back))
      }
      case 'revoked':
        await this.#platform.revoke(gate.device, true)
        await this.#after(gate.pause())
        return this.#platform.revoke(gate.device, false)
      case 'tampered':
        return this.#tamper(event.which, event.nth)
    }
  }

  /** Throws where the gate takes for safe what the platform never held. */
  async check(): Promise<void> {
    for (const which of logs) {
      const { id, acked } = this.#gate.store(which).exchange.log()
      if (acked <= this.#most[which]) continue
      this.#most[which] = await this.#platform.count(this.#gate.device, id)
      if (acked <= this.#most[which]) continue
      throw new Error(
        `${which}: ${acked} taken for acknowledged, the platform never held more than ${this.#most[which]}`,
      )
    }
  }

  /** Every visit must be on the platform once and in order, and what was tampered with must be reported. */
  async judge(): Promise<Lived> {
    this.#proxy.orders.length = 0
    this.#gate.mortal = false
    // Where a backup took visits back, the gate learns of it by its next one.
    if (this.#restored || this.#tampered !== null) for (const which of logs) await this.#gate.visits(which, 1)
    await this.#after(this.#gate.wake())
    for (let turn = 0; turn < patience && !this.#settled(); turn++) await this.#after(this.#gate.pause())
    const { state } = this.#gate
    if (this.#tampered !== null)
      return state.kind === 'fork' ? this.#unharmed() : broken('tampering was not reported as a fork')
    if (state.kind === 'fork') return broken(`visit ${state.seq} is reported as a fork, and nobody tampered`)
    if (!this.#settled()) return broken(`the gate does not come to rest: ${JSON.stringify(state)}`)
    for (const which of logs) {
      const { mine, held } = await this.#held(which)
      if (!same(held, mine)) return broken(`${which}: ${held.length} held of ${mine.length}`)
    }
    return { kind: 'held' }
  }

  #settled(): boolean {
    const { kind, waiting } = this.#gate.state
    return kind === 'fork' || (kind === 'online' && waiting === 0)
  }

  /** A gate that died starts again. */
  async #after(step: Promise<void>) {
    await step
    if (this.#gate.dead) await this.#gate.restart()
  }

  async #held(which: Which) {
    const store = this.#gate.store(which)
    const log = store.exchange.log().id
    const held = await this.#platform.held(this.#gate.device, log)
    return { log, held, mine: store.visits.read(1, held.length + 10_000) }
  }

  /** Only what the platform has seen can be told from what it was. */
  async #tamper(which: Which, nth: number) {
    const { held, mine } = await this.#held(which)
    const { acked } = this.#gate.store(which).exchange.log()
    const seen = Math.min(acked, held.length)
    if (seen === 0) return
    this.#tampered = { which, true: mine }
    this.#gate.tamper(which, Math.max(1, seen - nth))
  }

  /** The platform holds what is true, whatever the gate's file says now. */
  async #unharmed(): Promise<Lived> {
    const { which, true: before } = this.#tampered ?? { which: 'current', true: [] }
    const { held } = await this.#held(which)
    return same(held, before.slice(0, held.length)) ? { kind: 'fork' } : broken('tampering reached the platform')
  }
}

function broken(why: string): Lived {
  return { kind: 'broken', why }
}

/** But for what a revoked gate may have dropped on one side. */
function same(held: readonly Visit[], mine: readonly Visit[]): boolean {
  const essence = ({ personal: _personal, ...visit }: Visit) => visit
  return isDeepStrictEqual(held.map(essence), mine.map(essence))
}
