import type { Lane, ReaderState } from '../contract/state.ts'
import { silenceMs, type Typed, Wedge } from '../contract/wedge.ts'
import type { Client } from './connection.ts'
import { Calls, Report } from './page-device.ts'

const notFocused = 'another window has the keyboard: click on this page'
const damaged =
  'an input method changes what the reader types: switch Unikey or Telex off, or set the reader to COM or HID POS'

type Reader = { readonly lane: string; readonly reader: string; readonly prefix: string }
type Served = Reader & { readonly report: Report; readonly isTwin: boolean }

/**
 * The readers that type into this page. As long as there is one, every key is the reader's and does nothing else: not even
 * the first key of a code, by which a reader cannot be known yet, may reach a field or the browser. A reader cannot be
 * told from another one, nor from the PC's keyboard, but by its prefix and its speed.
 */
export class Keyboard {
  readonly #calls = new Calls()
  #served: readonly Served[] = []
  #wedge = new Wedge()
  #stop = new AbortController()
  #silence: ReturnType<typeof setTimeout> | undefined
  #isDamaged = false

  /** Takes keys for the readers that the service's last word names, and for no others. */
  serve(lanes: readonly Lane[], client: Client): void {
    this.#calls.client = client
    const wanted = lanes.flatMap((lane) =>
      lane.readers.flatMap(({ id, prefix }) => (prefix === undefined ? [] : [{ lane: lane.id, reader: id, prefix }])),
    )
    const isSame = (reader: Reader, i: number) => {
      const { lane, reader: id, prefix } = this.#served[i] ?? {}
      return reader.lane === lane && reader.reader === id && reader.prefix === prefix
    }
    if (wanted.length === this.#served.length && wanted.every(isSame)) return
    this.#release()
    if (wanted.length > 0) this.#begin(wanted)
  }

  #begin(wanted: readonly Reader[]) {
    this.#served = wanted.map((of, i) => {
      const isTwin = wanted.slice(0, i).some(({ prefix }) => prefix === of.prefix)
      const report = new Report(this.#calls, { lane: of.lane, device: of.reader }, this.#state(isTwin))
      return { ...of, report, isTwin }
    })
    this.#wedge = new Wedge(wanted.map(({ prefix }) => prefix))
    this.#stop = new AbortController()
    const { signal } = this.#stop
    const take = (event: KeyboardEvent) => this.#take(event)
    for (const type of ['keydown', 'keyup'] as const) window.addEventListener(type, take, { capture: true, signal })
    for (const type of ['focus', 'blur'] as const) window.addEventListener(type, () => this.#say(), { signal })
  }

  #release() {
    for (const { report } of this.#served) report.stop()
    this.#served = []
    this.#stop.abort()
    clearTimeout(this.#silence)
  }

  #take(event: KeyboardEvent) {
    event.preventDefault()
    event.stopPropagation()
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => this.#hear(this.#wedge.silence()), silenceMs)
    this.#hear(this.#wedge.push(event))
  }

  #hear(typed: readonly Typed[]) {
    for (const of of typed) {
      const isMessage = of.kind === 'message'
      const reader = isMessage ? this.#readerOf(of.bytes) : this.#served[0]
      if (reader === undefined) continue
      this.#isDamaged = !isMessage && of.why === 'input-method'
      this.#say()
      const { lane, reader: id } = reader
      this.#calls.call((client, options) =>
        isMessage
          ? client.scan({ lane, reader: id, bytes: btoa(String.fromCharCode(...of.bytes)) }, options)
          : client.misread({ lane, reader: id, why: of.why }, options),
      )
    }
  }

  /** The one whose prefix the code begins with, else one without a prefix. */
  #readerOf(bytes: Uint8Array): Served | undefined {
    const code = String.fromCharCode(...bytes)
    const own = this.#served.filter(({ prefix, isTwin }) => !isTwin && code.startsWith(prefix))
    return own.toSorted((a, b) => b.prefix.length - a.prefix.length)[0]
  }

  #say() {
    for (const { report, isTwin } of this.#served) report.say(this.#state(isTwin))
  }

  #state(isTwin: boolean): ReaderState {
    if (isTwin)
      return { kind: 'failed', why: 'what it types cannot be told from another reader: give each another "prefix"' }
    if (!document.hasFocus()) return { kind: 'failed', why: notFocused }
    return this.#isDamaged ? { kind: 'failed', why: damaged } : { kind: 'open' }
  }
}
