import { type Framed, maxMessageBytes } from '../framing.ts'
import { isSymbology, type Layout, type LayoutOf } from './layouts.ts'

/**
 * Makes messages of scanned-data reports. The AIM identifier of the first report stands in front, `]Q1`; one CR at the
 * end is dropped, as readers add it. A message ends with a report that says so, or with silence (the caller keeps the
 * time). Of one beyond `maxMessageBytes` nothing is kept: it is reported once and swallowed up to its end.
 */
export class Assembler {
  readonly #layoutOf: LayoutOf
  readonly #bytes = Buffer.alloc(maxMessageBytes)
  #length = 0
  /** Where the data begins, behind the identifier. */
  #start = 0
  #swallowing = false
  #layout: Layout | null = null

  constructor(layoutOf: LayoutOf) {
    this.#layoutOf = layoutOf
  }

  /** Whether a message has begun, so that silence would end it. */
  get begun(): boolean {
    return this.#layout !== null
  }

  /** Null where the report ends no message. */
  push(report: Uint8Array): Framed | null {
    const layout = this.#layoutOf(report, this.#layout)
    if (layout === null) return null
    if (this.#layout === null) this.#begin(symbologyOf(layout, report))
    this.#layout = layout
    const overlong = this.#take(dataOf(layout, report))
    const framed = goesOn(layout, report) ? null : this.silence()
    return overlong ?? framed
  }

  /** No report came for a while: what has begun is whole. Some readers say of their last report that it goes on. */
  silence(): Framed | null {
    const bytes = this.#bytes.subarray(0, this.#end())
    const isEmpty = this.#swallowing || bytes.length <= this.#start
    this.#layout = null
    return isEmpty ? null : { kind: 'message', bytes: Uint8Array.from(bytes) }
  }

  #begin(symbology: Uint8Array) {
    this.#bytes.set(symbology)
    this.#start = symbology.length
    this.#length = this.#start
    this.#swallowing = false
  }

  #take(data: Uint8Array): Framed | null {
    if (this.#swallowing) return null
    if (this.#length + data.length > maxMessageBytes) {
      this.#swallowing = true
      return { kind: 'overlong' }
    }
    this.#bytes.set(data, this.#length)
    this.#length += data.length
    return null
  }

  #end(): number {
    let end = this.#length
    // Without a count nobody can tell a NUL of the code from one that fills the report.
    if (this.#layout?.count === null) while (end > this.#start && this.#bytes[end - 1] === 0) end--
    return end > this.#start && this.#bytes[end - 1] === 0x0d ? end - 1 : end
  }
}

function symbologyOf({ symbology }: Layout, report: Uint8Array): Uint8Array {
  return isSymbology(report, symbology) ? Uint8Array.from(symbology, (at) => report[at] ?? 0) : new Uint8Array()
}

function dataOf({ count, data, capacity }: Layout, report: Uint8Array): Uint8Array {
  const length = count === null ? capacity : Math.min(report[count] ?? 0, capacity)
  return report.subarray(data, data + length)
}

function goesOn({ continued }: Layout, report: Uint8Array): boolean {
  // A report that ends before the flag does not tell.
  return continued === null || ((report[continued.byte] ?? continued.mask) & continued.mask) !== 0
}
