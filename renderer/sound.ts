import type { ReadingOutcome } from '../contract/outcome.ts'
import type { ReaderState } from '../contract/state.ts'

/** Frequency in hertz, and when it begins and ends, in ms. */
type Tone = readonly [hertz: number, fromMs: number, toMs: number]

/** No two differ by pitch alone, which a hall swallows; and none is lower than small speakers can play. */
const tones: Readonly<Record<ReadingOutcome | 'retry', readonly Tone[]>> = {
  admitted: [[1300, 0, 150]],
  warned: [
    [800, 0, 130],
    [1200, 200, 330],
  ],
  denied: [[300, 0, 700]],
  retry: [[400, 0, 60]],
}
export type Sound = keyof typeof tones

/** So that no tone begins or ends with a crack. */
const rampS = 0.005

/** What speaks for the people at the gate: one sound at a time, the newest. Made of oscillators; there are no files. */
export class Speaker {
  readonly #context = new AudioContext()
  #playing: GainNode | null = null

  /** `changed`: the state may be another one. */
  constructor(changed: () => void) {
    this.#context.addEventListener('statechange', changed)
    // Chromium plays nothing before somebody touched the page, but where its autoplay policy says otherwise.
    const resume = () => {
      if (this.#context.state !== 'running') this.#context.resume().catch(() => {})
    }
    for (const type of ['keydown', 'pointerdown', 'pointerup'] as const)
      window.addEventListener(type, resume, { capture: true })
  }

  get state(): ReaderState {
    if (this.#context.state === 'running') return { kind: 'open' }
    return { kind: 'failed', why: 'the browser plays no sound before somebody clicks on the page or presses a key' }
  }

  /** Plays at a volume of 0 to 1; a sound that cannot be heard now is not made up for. */
  play(sound: Sound, volume: number): void {
    this.#playing?.disconnect()
    this.#playing = null
    if (this.#context.state !== 'running') return
    const master = this.#context.createGain()
    master.gain.value = volume
    master.connect(this.#context.destination)
    this.#playing = master
    for (const tone of tones[sound]) this.#sing(tone, master)
  }

  #sing([hertz, fromMs, toMs]: Tone, master: GainNode) {
    const [from, to] = [this.#context.currentTime + fromMs / 1000, this.#context.currentTime + toMs / 1000]
    const tone = new OscillatorNode(this.#context, { frequency: hertz })
    const envelope = new GainNode(this.#context, { gain: 0 })
    envelope.gain.setValueAtTime(0, from).linearRampToValueAtTime(1, from + rampS)
    envelope.gain.setValueAtTime(1, to - rampS).linearRampToValueAtTime(0, to)
    tone.connect(envelope).connect(master)
    tone.start(from)
    tone.stop(to)
  }
}
