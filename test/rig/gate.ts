import type { z } from 'zod'
import type { OutputSettings, ReaderSettings } from '../../contract/settings.ts'
import type { State, Verdict } from '../../contract/state.ts'
import type { Visit } from '../../sync/protocol.ts'
import { watchStates } from '../support/watch.ts'
import { servicePort } from './agent.ts'
import type { Machine } from './machine.ts'

const key = 'rig-rig-rig-rig-rig-rig-rig-rig-rig'
const settingsPath = '/tmp/settings.json'

/** A reader and an output as a settings file has them. */
export type Reader = z.input<typeof ReaderSettings>
export type Output = z.input<typeof OutputSettings>

/** The product at work in the guest, as the page on this host sees it. */
export class Gate {
  /** Every verdict that was shown, once. */
  readonly shown: Verdict[] = []
  /** How often the reader, and the output if there is one, came to be open. */
  opened = 0
  isOpen = false
  /** The gate knows that its reader, or its output, is in no socket. */
  isAbsent = false
  readonly #machine: Machine
  readonly #data: string
  #wake = Promise.withResolvers<void>()

  /** Settles when the service is ready; null where it did not start, and then the console says why. */
  static async start(machine: Machine, data: string, reader: Reader, output?: Output): Promise<Gate | null> {
    const lane = {
      id: 'lane-1',
      name: 'Cổng 1',
      direction: 'in',
      readers: [reader],
      outputs: output === undefined ? [] : [output],
    }
    await machine.ask({ kind: 'write', path: settingsPath, text: JSON.stringify({ lanes: [lane] }) })
    const args = ['service/cli.ts', 'serve', '--data', data, '--settings', settingsPath, '--port', String(servicePort)]
    const ready = await machine.ask({ kind: 'start', args, env: { GATE_KIOSK_KEY: key } })
    if (ready === null) return null
    const gate = new Gate(machine, data)
    watchStates(`${machine.pageOrigin}/?key=${key}`, (state) => gate.#take(state))
    return gate
  }

  private constructor(machine: Machine, data: string) {
    this.#machine = machine
    this.#data = data
  }

  /** Whether it comes true within this time. */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    const over = Promise.withResolvers<'over'>()
    const timer = setTimeout(() => over.resolve('over'), withinMs)
    while (!holds()) if ((await Promise.race([this.#wake.promise, over.promise])) === 'over') break
    clearTimeout(timer)
    return holds()
  }

  /** What the log of visits holds. */
  async visits(): Promise<Visit[]> {
    const { status, stdout, stderr } = await this.#machine.gateKiosk('visits', '--json', '--data', this.#data)
    if (status !== 0) throw new Error(`gate-kiosk visits: ${stderr}`)
    return JSON.parse(stdout)
  }

  async stop(): Promise<void> {
    await this.#machine.ask({ kind: 'stop' })
  }

  #take({ lanes: [lane] }: State) {
    if (lane === undefined) return
    const devices = [...lane.readers, ...lane.outputs]
    const isOpen = devices.every(({ state }) => state.kind === 'open')
    this.isAbsent = devices.some(({ state }) => state.kind === 'absent')
    if (isOpen && !this.isOpen) this.opened++
    this.isOpen = isOpen
    const { screen } = lane
    if (screen.kind === 'verdict' && screen.verdict.visit.id !== this.shown.at(-1)?.visit.id)
      this.shown.push(screen.verdict)
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}
