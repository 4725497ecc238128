import type { z } from 'zod'
import type { OutputSettings, ReaderSettings } from '../../contract/settings.ts'
import type { State, Verdict } from '../../contract/state.ts'
import type { Visit } from '../../sync/protocol.ts'
import { watchStates } from '../support/watch.ts'
import type { Machine } from './machine.ts'
import { servicePort } from './protocol.ts'

const key = 'rig-rig-rig-rig-rig-rig-rig-rig-rig'
const settingsPath = '/tmp/settings.json'

/** Readers and outputs as a settings file has them. */
export type Reader = z.input<typeof ReaderSettings>
export type Output = z.input<typeof OutputSettings>
type Devices = { readonly readers: readonly Reader[]; readonly outputs?: readonly Output[] }

/** The product at work in the guest, as the page on this host sees it. */
export class Gate {
  /** Every verdict that was shown, once. */
  readonly shown: Verdict[] = []
  /** How often all its devices came to be open. */
  opened = 0
  isOpen = false
  /** The gate knows that one of its devices is in no socket. */
  isAbsent = false
  readonly #machine: Machine
  readonly #data: string
  #wake = Promise.withResolvers<void>()

  /** Settles when the service is ready; null where it did not start, and then the console says why. */
  static async start(machine: Machine, data: string, devices: Devices): Promise<Gate | null> {
    const lane = { id: 'lane-1', name: 'Cổng 1', direction: 'in', ...devices }
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

  /** The number of the last visit that was shown; 0: none was. */
  get lastSeq(): number {
    return this.shown.at(-1)?.visit.seq ?? 0
  }

  /** Whether it comes true within this time. */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    const over = Promise.withResolvers<'over'>()
    const timer = setTimeout(() => over.resolve('over'), withinMs)
    while (!holds()) if ((await Promise.race([this.#wake.promise, over.promise])) === 'over') break
    clearTimeout(timer)
    return holds()
  }

  /** Ends the service; gives what its log of visits holds then. */
  async stop(): Promise<Visit[]> {
    await this.#machine.ask({ kind: 'stop' })
    const { status, stdout, stderr } = await this.#machine.gateKiosk('visits', this.#data, '--json')
    if (status !== 0) throw new Error(`gate-kiosk visits: ${stderr}`)
    return JSON.parse(stdout)
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
