import { setTimeout as pause } from 'node:timers/promises'
import type { ReaderSettings } from '../../contract/settings.ts'
import type { ReaderState } from '../../contract/state.ts'
import type { DeviceInfo, OpenReader, ReaderDriver } from './driver.ts'

const roundMs = 1000
const firstPauseMs = 500
const longestPauseMs = 10_000

/** What the supervisor tells of the readers it looks after; `reader` is the id of the settings. */
export interface SupervisorEvents {
  reading(reader: string, bytes: Uint8Array): Promise<void>
  overlong(reader: string): void
  /** Every change of a reader's state. */
  state(reader: string, state: ReaderState): void
}

type Slot = {
  readonly device: DeviceInfo
  readonly reader: ReaderSettings
  state: { kind: 'opening' } | { kind: 'open'; port: OpenReader } | { kind: 'failed'; why: string; retryAt: number }
  pauseMs: number
  /** Settles when the device that was lost is free again. */
  freed?: Promise<void>
}

/**
 * Makes *open* equal *plugged in*: every round it lists the devices, closes what is gone, opens what is new, and tries
 * again, with growing pauses, what could not be opened.
 */
export class ReaderSupervisor {
  readonly #slots = new Map<string, Slot>()
  readonly #told = new Map<string, string>()
  readonly #readers: readonly ReaderSettings[]
  readonly #drivers: readonly ReaderDriver[]
  readonly #list: (readers: readonly ReaderSettings[]) => Promise<DeviceInfo[]>
  readonly #on: SupervisorEvents
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(
    readers: readonly ReaderSettings[],
    drivers: readonly ReaderDriver[],
    list: (readers: readonly ReaderSettings[]) => Promise<DeviceInfo[]>,
    on: SupervisorEvents,
  ) {
    // A device that one reader names is not for the readers that take any.
    this.#readers = readers.toSorted((a, b) => Number(takesAny(a)) - Number(takesAny(b)))
    this.#drivers = drivers
    this.#list = list
    this.#on = on
  }

  /** Begins the rounds; settles after the first one. */
  start(): Promise<void> {
    const turn = async () => {
      await this.#reconcile()
      if (!this.#stopped) this.#timer = setTimeout(() => (this.#round = turn()), roundMs)
    }
    this.#round = turn()
    return this.#round
  }

  /** Ends the rounds and closes every reader. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#round
    await Promise.all([...this.#slots.values()].map((slot) => slot.state.kind === 'open' && slot.state.port.close()))
    this.#slots.clear()
  }

  async #reconcile() {
    const listed = await this.#list(this.#readers).catch(() => null)
    // A system that cannot list its devices just now says nothing of what is plugged in.
    if (listed === null || this.#stopped) return
    const wanted = this.#match(listed)
    const opening: Promise<void>[] = []
    for (const [id, slot] of this.#slots) {
      // The name by which another reader claims a device may appear after the device itself.
      if (wanted.get(id)?.reader === slot.reader) continue
      this.#slots.delete(id)
      if (slot.state.kind === 'open') await slot.state.port.close()
    }
    for (const [id, { device, reader, driver }] of wanted) {
      const slot = this.#slots.get(id) ?? { device, reader, state: { kind: 'failed', why: '', retryAt: 0 }, pauseMs: 0 }
      this.#slots.set(id, slot)
      if (slot.state.kind === 'failed' && performance.now() >= slot.state.retryAt)
        opening.push(this.#open(slot, driver))
    }
    // A device that never answers its opening must not hold up the others.
    await Promise.race([Promise.all(opening), pause(roundMs, undefined, { ref: false })])
    this.#tell()
  }

  #match(devices: readonly DeviceInfo[]) {
    const wanted = new Map<string, { device: DeviceInfo; reader: ReaderSettings; driver: ReaderDriver }>()
    for (const reader of this.#readers) {
      for (const device of devices) {
        const driver = this.#drivers.find((candidate) => candidate.matches(device, reader))
        if (driver !== undefined && !wanted.has(device.id)) wanted.set(device.id, { device, reader, driver })
      }
    }
    return wanted
  }

  async #open(slot: Slot, driver: ReaderDriver) {
    slot.state = { kind: 'opening' }
    // A port that is opened again before it is free stays locked.
    await slot.freed
    let lost: string | null = null
    const fail = (why: string) => {
      slot.pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, slot.pauseMs * 2))
      slot.state = { kind: 'failed', why, retryAt: performance.now() + slot.pauseMs }
    }
    try {
      const port = await driver.open(slot.device, slot.reader, {
        reading: (bytes) => {
          slot.pauseMs = 0
          return this.#on.reading(slot.reader.id, bytes)
        },
        overlong: () => this.#on.overlong(slot.reader.id),
        lost: (why) => {
          lost = why
          if (slot.state.kind === 'open') slot.freed = slot.state.port.close()
          fail(why)
          this.#tell()
        },
      })
      const unwanted = this.#stopped || this.#slots.get(slot.device.id) !== slot
      // It may be lost before open returned.
      if (unwanted) await port.close()
      else if (lost === null) slot.state = { kind: 'open', port }
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error))
    }
  }

  #tell() {
    if (this.#stopped) return
    for (const { id } of this.#readers) {
      const state = stateOf([...this.#slots.values()].filter((slot) => slot.reader.id === id))
      const key = JSON.stringify(state)
      if (this.#told.get(id) === key) continue
      this.#told.set(id, key)
      this.#on.state(id, state)
    }
  }
}

function takesAny(reader: ReaderSettings): boolean {
  return reader.driver === 'serial' && reader.path === '*'
}

function stateOf(slots: readonly Slot[]): ReaderState {
  if (slots.some((slot) => slot.state.kind === 'open')) return { kind: 'open' }
  const failed = slots.map((slot) => slot.state).find((state) => state.kind === 'failed')
  return failed === undefined ? { kind: 'absent' } : { kind: 'failed', why: failed.why }
}
