/** Fields of a report that stand one behind the other and mean the same. */
export type ReportField = {
  readonly kind: 'input' | 'output' | 'feature'
  /** 0 where the device does not number its reports. */
  readonly reportId: number
  /** Usage page and usage in one number: 0x8c00fe is usage 0xFE of page 0x8C. 0 for padding. */
  readonly usage: number
  /** Where the first one begins, in bits behind the report id. */
  readonly bit: number
  /** Bits of each. */
  readonly size: number
  readonly count: number
}

/** Real devices stay far below; a descriptor that promises more must not cost memory. */
const maxBits = 65_536

const mainItems: ReadonlyMap<number, ReportField['kind']> = new Map([
  [0x80, 'input'],
  [0x90, 'output'],
  [0xb0, 'feature'],
])

type Globals = { page: number; size: number; count: number; reportId: number }
type Range = { first: number; last: number }
type Item = { tag: number; value: number }

/**
 * The fields of a HID report descriptor, in its order; none where it is malformed. Device Class Definition for HID 1.11,
 * section 6.2.2.
 */
export function parseDescriptor(descriptor: Uint8Array): readonly ReportField[] {
  const items = readItems(descriptor)
  const parser = new Parser()
  return items?.every((item) => parser.take(item)) ? parser.fields : []
}

/** Short items, their tag and type as in the prefix byte; long items carry nothing that is defined and are left out. */
function readItems(descriptor: Uint8Array): Item[] | null {
  const items: Item[] = []
  let at = 0
  while (at < descriptor.length) {
    const prefix = descriptor[at] ?? 0
    const isLong = prefix === 0xfe
    const start = at + (isLong ? 3 : 1)
    const size = isLong ? (descriptor[at + 1] ?? 0) : ([0, 1, 2, 4][prefix & 3] ?? 0)
    at = start + size
    if (at > descriptor.length) return null
    const value = descriptor.subarray(start, at).reduceRight((sum, byte) => sum * 256 + byte, 0)
    if (!isLong) items.push({ tag: prefix & 0xfc, value })
  }
  return items
}

class Parser {
  readonly fields: ReportField[] = []
  readonly #stack: Globals[] = []
  /** Bits so far of every kind and report id. */
  readonly #lengths = new Map<string, number>()
  #globals: Globals = { page: 0, size: 0, count: 0, reportId: 0 }
  #usages: Range[] = []
  #bits = 0

  /** False for an item that cannot stand here. */
  take({ tag, value }: Item): boolean {
    const kind = mainItems.get(tag)
    if (kind !== undefined) return this.#place(kind, (value & 1) === 1)
    if (tag === 0xa0 || tag === 0xc0) this.#usages = []
    else if (tag === 0x04) this.#globals.page = value
    else if (tag === 0x74) this.#globals.size = value
    else if (tag === 0x84) this.#globals.reportId = value
    else if (tag === 0x94) this.#globals.count = value
    else if (tag === 0xa4) this.#stack.push({ ...this.#globals })
    else if (tag === 0xb4) return this.#pop()
    else if (tag === 0x08) this.#usages.push({ first: value, last: value })
    else if (tag === 0x18) this.#usages.push({ first: value, last: value })
    else if (tag === 0x28) this.#endRange(value)
    return tag !== 0x84 || (value >= 1 && value <= 255)
  }

  #pop(): boolean {
    const globals = this.#stack.pop()
    if (globals !== undefined) this.#globals = globals
    return globals !== undefined
  }

  #endRange(last: number) {
    const range = this.#usages.at(-1)
    if (range !== undefined) range.last = last
  }

  #place(kind: ReportField['kind'], isPadding: boolean): boolean {
    const { page, size, count, reportId } = this.#globals
    const usages = isPadding ? [] : this.#usages
    this.#usages = []
    this.#bits += size * count
    if (this.#bits > maxBits) return false
    if (size === 0 || count === 0) return true
    const report = `${kind} ${reportId}`
    let bit = this.#lengths.get(report) ?? 0
    this.#lengths.set(report, bit + size * count)
    for (const run of share(usages, count)) {
      // A usage of 32 bits brings its page along.
      const usage = run.usage === 0 || run.usage > 0xffff ? run.usage : page * 0x10000 + run.usage
      this.fields.push({ kind, reportId, usage, bit, size, count: run.count })
      bit += size * run.count
    }
    return true
  }
}

/** One usage for each field, in order; the last one is for all that are left. */
function* share(usages: readonly Range[], fields: number): Generator<{ usage: number; count: number }> {
  let left = fields
  for (const [i, { first, last }] of usages.entries()) {
    for (let usage = first; usage <= last && left > 0; usage++) {
      const count = i === usages.length - 1 && usage === last ? left : 1
      yield { usage, count }
      left -= count
    }
  }
  if (left > 0) yield { usage: 0, count: left }
}
