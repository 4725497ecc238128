/** Between two pulses the contact stays open at least this long, so that a turnstile hears two. */
export const gapMs = 300

/** One contact. Both settle when the board took the command, and reject when it did not in time. */
export interface Contact {
  close(): Promise<void>
  open(): Promise<void>
}

interface PulseEvents {
  lost(why: string): void
  dropped(): void
}

/**
 * Closes a contact for a while, once for every passage and never twice at a time. One passage may wait for the pulse
 * before it, because two people at two readers are both admitted. A third one is dropped: by the time of its pulse
 * nobody could tell any more for whom the gate opens.
 */
export class Pulse {
  readonly #contact: Contact
  readonly #pulseMs: number
  readonly #on: PulseEvents
  #running: Promise<void> | null = null
  #isWaiting = false
  #stopped = false
  #wake: (() => void) | undefined

  constructor(contact: Contact, pulseMs: number, on: PulseEvents) {
    this.#contact = contact
    this.#pulseMs = pulseMs
    this.#on = on
  }

  start(): void {
    if (this.#stopped) return
    if (this.#running === null) this.#running = this.#run()
    else if (!this.#isWaiting) this.#isWaiting = true
    else this.#on.dropped()
  }

  /** Ends the pulse that runs and begins no other. The contact may be closed still: whoever stops opens it. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake?.()
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      do {
        this.#isWaiting = false
        await this.#contact.close()
        await this.#pause(this.#pulseMs)
        if (this.#stopped) return
        await this.#contact.open()
        await this.#pause(gapMs)
      } while (this.#isWaiting && !this.#stopped)
      this.#running = null
    } catch (error) {
      // Whether the contact is closed is not known: the board is closed, which opens its contacts, and opened anew.
      const stopped = this.#stopped
      this.#stopped = true
      if (!stopped) this.#on.lost(error instanceof Error ? error.message : String(error))
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
