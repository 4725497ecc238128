import type { ReadingOutcome } from '../../contract/outcome.ts'
import type { OpenOutput, OutputEvents, OutputSignal } from './driver.ts'
import { Pulse } from './pulse.ts'
import { within } from './within.ts'

const answerMs = 1000

const letsPass: Readonly<Record<ReadingOutcome, boolean>> = { admitted: true, warned: true, denied: false }

/** A board with contacts, numbered from 1. */
export interface RelayBoard {
  /** Closes the contact, or opens it. Rejects with an Error where the board does not take the command. */
  set(channel: number, closed: boolean): Promise<void>
  close(): Promise<void>
}

type RelaySettings = {
  readonly channels: { readonly in?: number | undefined; readonly out?: number | undefined }
  readonly pulseMs: number
}

/**
 * A board whose contacts signal passages. They are open from the start to the end but for the pulses, and every command
 * has a time limit: a pulse that cannot be ended makes the board lost, so that it is opened anew, which opens the
 * contacts. A contact stays closed for longer only while nothing can tell the board otherwise: while the program hangs,
 * when it or the PC dies in the middle of a pulse, until the next start, or when the cable is cut. Where that matters, the
 * board has to time the pulse itself (`hw667`), or a timer relay follows it. The release in case of fire does not go
 * through here.
 */
export async function openRelay(board: RelayBoard, settings: RelaySettings, on: OutputEvents): Promise<OpenOutput> {
  const relay = new Relay(board, settings, on)
  try {
    await relay.release()
  } catch (error) {
    await board.close()
    throw error
  }
  return relay
}

class Relay implements OpenOutput {
  readonly #board: RelayBoard
  readonly #channels: RelaySettings['channels']
  readonly #pulses = new Map<number, Pulse>()
  #freed: Promise<void> | undefined

  constructor(board: RelayBoard, { channels, pulseMs }: RelaySettings, on: OutputEvents) {
    this.#board = board
    this.#channels = channels
    for (const channel of [channels.in, channels.out]) {
      if (channel === undefined || this.#pulses.has(channel)) continue
      const contact = { close: () => this.#set(channel, true), open: () => this.#set(channel, false) }
      this.#pulses.set(channel, new Pulse(contact, pulseMs, on))
    }
  }

  signal(signal: OutputSignal): void {
    if (signal.kind !== 'verdict' || !letsPass[signal.outcome]) return
    const channel = this.#channels[signal.direction]
    if (channel !== undefined) this.#pulses.get(channel)?.start()
  }

  /** Opens every contact. */
  async release(): Promise<void> {
    for (const channel of this.#pulses.keys()) await this.#set(channel, false)
  }

  close(): Promise<void> {
    this.#freed ??= this.#end()
    return this.#freed
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#pulses.values()].map((pulse) => pulse.stop()))
    // A board that is gone cannot be told.
    await this.release().catch(() => {})
    await within(answerMs, this.#board.close(), 'the relay board').catch(() => {})
  }

  #set(channel: number, closed: boolean): Promise<void> {
    return within(answerMs, this.#board.set(channel, closed), 'the relay board')
  }
}
