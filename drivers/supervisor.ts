import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { ReaderState } from '../contract/state.ts'
import type { Claim, Opener, Port } from './claim.ts'
import type { DeviceInfo, UsbInfo } from './readers/driver.ts'

const roundMs = 1000
const firstPauseMs = 500
const longestPauseMs = 10_000

type Slot = {
  /** As it was listed last while it was not open. */
  device: DeviceInfo
  readonly claim: Claim
  state:
    | { kind: 'opening' }
    | { kind: 'open'; port: Port; since: number }
    | { kind: 'failed'; why: string; retryAt: number }
  pauseMs: number
  /** Settles when the device that was lost is free again. */
  freed?: Promise<void>
}

/**
 * Makes *open* equal *plugged in*: every round it lists the devices, closes what is gone, opens what is new, and tries
 * again, with growing pauses, what could not be opened or was soon lost. Readers and outputs are looked after by one of
 * these together, so that a reader that takes any device leaves the relay board alone that an output names.
 */
export class Supervisor {
  readonly #slots = new Map<string, Slot>()
  readonly #told = new Map<Claim, string>()
  readonly #claims: readonly Claim[]
  readonly #list: () => Promise<readonly DeviceInfo[]>
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(claims: readonly Claim[], list: () => Promise<readonly DeviceInfo[]>) {
    // A device that one claim names is not for the claims that take any.
    this.#claims = claims.toSorted((a, b) => Number(a.takesAny) - Number(b.takesAny))
    this.#list = list
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

  /** Ends the rounds and closes every device. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#round
    await Promise.all([...this.#slots.values()].map((slot) => slot.state.kind === 'open' && slot.state.port.close()))
    this.#slots.clear()
  }

  async #reconcile() {
    const listed = await this.#list().catch(() => null)
    // A system that cannot list its devices just now says nothing of what is plugged in.
    if (listed === null || this.#stopped) return
    const wanted = this.#match(listed)
    const opening: Promise<void>[] = []
    for (const [id, slot] of this.#slots) {
      // The name by which another claim asks for a device may appear after the device itself.
      if (wanted.get(id)?.claim === slot.claim) continue
      this.#slots.delete(id)
      if (slot.state.kind === 'open') await slot.state.port.close()
    }
    for (const [id, { device, claim, open }] of wanted) {
      const slot = this.#slots.get(id) ?? { device, claim, state: { kind: 'failed', why: '', retryAt: 0 }, pauseMs: 0 }
      this.#slots.set(id, slot)
      if (slot.state.kind !== 'failed') continue
      // Plugged in anew between two rounds: what went wrong before says nothing of it.
      const isAnother = !isDeepStrictEqual(usbOf(slot.device), usbOf(device))
      if (isAnother) slot.pauseMs = 0
      slot.device = device
      if (isAnother || performance.now() >= slot.state.retryAt) opening.push(this.#open(slot, open))
    }
    // A device that never answers its opening must not hold up the others.
    await Promise.race([Promise.all(opening), pause(roundMs, undefined, { ref: false })])
    this.#tell()
  }

  #match(devices: readonly DeviceInfo[]) {
    const wanted = new Map<string, { device: DeviceInfo; claim: Claim; open: Opener<Port> }>()
    for (const claim of this.#claims) {
      for (const device of devices) {
        const open = wanted.has(device.id) ? null : claim.match(device)
        if (open !== null) wanted.set(device.id, { device, claim, open })
      }
    }
    return wanted
  }

  async #open(slot: Slot, open: Opener<Port>) {
    slot.state = { kind: 'opening' }
    // A port that is opened again before it is free stays locked.
    await slot.freed
    let lost: string | null = null
    const fail = (why: string) => {
      slot.pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, slot.pauseMs * 2))
      slot.state = { kind: 'failed', why, retryAt: performance.now() + slot.pauseMs }
    }
    try {
      const port = await open((why) => {
        lost = why
        if (slot.state.kind === 'open') {
          slot.freed = slot.state.port.close()
          if (performance.now() - slot.state.since > longestPauseMs) slot.pauseMs = 0
        }
        fail(why)
        this.#tell()
      })
      const unwanted = this.#stopped || this.#slots.get(slot.device.id) !== slot
      // It may be lost before open returned.
      if (unwanted || lost !== null) slot.freed = port.close()
      else slot.state = { kind: 'open', port, since: performance.now() }
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error))
    }
  }

  #tell() {
    if (this.#stopped) return
    for (const claim of this.#claims) {
      const state = stateOf([...this.#slots.values()].filter((slot) => slot.claim === claim))
      const key = JSON.stringify(state)
      if (this.#told.get(claim) === key) continue
      this.#told.set(claim, key)
      claim.state(state)
    }
  }
}

function usbOf(device: DeviceInfo): UsbInfo | null {
  return 'usb' in device ? device.usb : null
}

function stateOf(slots: readonly Slot[]): ReaderState {
  if (slots.some((slot) => slot.state.kind === 'open')) return { kind: 'open' }
  const failed = slots.map((slot) => slot.state).find((state) => state.kind === 'failed')
  return failed === undefined ? { kind: 'absent' } : { kind: 'failed', why: failed.why }
}
