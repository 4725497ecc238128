import type { ReadingOutcome } from '../../contract/outcome.ts'
import type { OpenOutput, OutputEvents, OutputSignal } from './driver.ts'
import { within } from './within.ts'

/** From the top of a tower down. */
export const colours = ['red', 'amber', 'green', 'blue', 'white'] as const

export type Light = 'off' | 'on' | 'blink'

/** What is left out is off. */
export type Lights = { readonly [colour in (typeof colours)[number]]?: Light }

/** No two differ by colour alone: either other places are lit, or one blinks. Towers without white are dark when idle. */
const lights: Readonly<Record<ReadingOutcome | 'idle' | 'fault', Lights>> = {
  idle: { white: 'on' },
  admitted: { green: 'on' },
  warned: { green: 'on', amber: 'blink' },
  denied: { red: 'blink' },
  fault: { red: 'on', amber: 'blink' },
}

const answerMs = 2000
/** A tower that lost its power in between is dark although nothing changed, and one in the network says nothing of it. */
const repeatMs = 10_000

/** Rejects where the tower does not take the lights. Its buzzer is silent. */
export interface LampTower {
  show(lights: Lights): Promise<void>
  close(): Promise<void>
}

/** A tower that shows what its lane does: always the newest state, never a queue of old ones. */
export async function openLamp(tower: LampTower, on: OutputEvents): Promise<OpenOutput> {
  const lamp = new Lamp(tower, on)
  try {
    await lamp.darken()
  } catch (error) {
    await tower.close()
    throw error
  }
  return lamp
}

class Lamp implements OpenOutput {
  readonly #tower: LampTower
  readonly #on: OutputEvents
  #wanted: Lights = {}
  #shown: Lights = {}
  #writing: Promise<void> | null = null
  #ended = false
  #freed: Promise<void> | undefined
  #repeat: NodeJS.Timeout | undefined

  constructor(tower: LampTower, on: OutputEvents) {
    this.#tower = tower
    this.#on = on
  }

  signal(signal: OutputSignal): void {
    this.#wanted = lights[signal.kind === 'verdict' ? signal.outcome : signal.kind]
    if (this.#shown !== this.#wanted) this.#begin()
  }

  darken(): Promise<void> {
    return this.#show({})
  }

  close(): Promise<void> {
    this.#freed ??= this.#end()
    return this.#freed
  }

  #begin() {
    if (this.#ended || this.#writing !== null) return
    clearTimeout(this.#repeat)
    this.#writing = this.#write()
  }

  async #write(): Promise<void> {
    try {
      do {
        const next = this.#wanted
        await this.#show(next)
        this.#shown = next
      } while (this.#shown !== this.#wanted && !this.#ended)
    } catch (error) {
      if (!this.#ended) this.#on.lost(error instanceof Error ? error.message : String(error))
      this.#ended = true
    }
    this.#writing = null
    if (!this.#ended) this.#repeat = setTimeout(() => this.#begin(), repeatMs)
  }

  async #end(): Promise<void> {
    const isGone = this.#ended
    this.#ended = true
    clearTimeout(this.#repeat)
    await this.#writing
    if (!isGone) await this.darken().catch(() => {})
    await within(answerMs, this.#tower.close(), 'the lamp').catch(() => {})
  }

  #show(wanted: Lights): Promise<void> {
    return within(answerMs, this.#tower.show(wanted), 'the lamp')
  }
}
