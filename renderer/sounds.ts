import type { Lane, Screen } from '../contract/state.ts'
import type { Client } from './connection.ts'
import { Calls, Report } from './page-device.ts'
import { type Sound, Speaker } from './sound.ts'

/** Lets the lanes of this page be heard that have an output of the driver `sound`. */
export class Sounds {
  readonly #calls = new Calls()
  readonly #reports = new Map<string, Report>()
  /** What each lane showed last, by its id. It outlives a connection: no answer is heard twice. */
  readonly #shown = new Map<string, string>()
  #speaker: Speaker | null = null

  /** Takes the service's last word: what is new on a lane's screen is heard. */
  serve(lanes: readonly Lane[], client: Client): void {
    this.#calls.client = client
    const outputs = lanes.flatMap((lane) =>
      lane.outputs.flatMap(({ id, volume }) => (volume === undefined ? [] : [{ lane, device: id, volume }])),
    )
    this.#report(outputs.map(({ lane, device }) => ({ lane: lane.id, device })))
    for (const lane of lanes) {
      const [before, now] = [this.#shown.get(lane.id), nameOf(lane.screen)]
      this.#shown.set(lane.id, now)
      const sound = soundOf(lane.screen)
      // What stood there when the page came was heard when it appeared.
      if (before === undefined || before === now || sound === null) continue
      for (const { volume } of outputs.filter((output) => output.lane === lane)) this.#speaker?.play(sound, volume)
    }
  }

  #report(wanted: readonly { lane: string; device: string }[]) {
    for (const [device, report] of this.#reports) {
      if (wanted.some((of) => of.device === device)) continue
      report.stop()
      this.#reports.delete(device)
    }
    for (const of of wanted) {
      this.#speaker ??= new Speaker(() => this.#say())
      if (!this.#reports.has(of.device)) this.#reports.set(of.device, new Report(this.#calls, of, this.#speaker.state))
    }
  }

  #say() {
    if (this.#speaker === null) return
    for (const report of this.#reports.values()) report.say(this.#speaker.state)
  }
}

/** Of two screens with one name the second is not new. */
function nameOf(screen: Screen): string {
  return screen.kind === 'verdict' ? screen.verdict.visit.id : screen.kind
}

/** A fault is silent: nobody stands there who waits for it, and it may last for hours. */
function soundOf(screen: Screen): Sound | null {
  switch (screen.kind) {
    case 'verdict':
      return screen.verdict.outcome
    case 'retry':
      return 'retry'
    case 'idle':
    case 'setup':
    case 'fault':
      return null
  }
}
