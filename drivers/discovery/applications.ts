/** What a HID device, or a part of it, is for. */
export type Application = { readonly usagePage: number; readonly usage: number }

/** Real devices have a handful. */
const maxApplications = 16

/**
 * The application collections of a HID report descriptor, each use once; what follows something malformed is left out.
 * Device Class Definition for HID 1.11, section 6.2.2.
 */
export function applications(descriptor: Uint8Array): Application[] {
  const found = new Map<string, Application>()
  let page = 0
  let usage: number | null = null
  for (let at = 0; at < descriptor.length && found.size < maxApplications; ) {
    const prefix = descriptor[at] ?? 0
    // A long item says its length in the next byte, and nothing that is defined.
    const size = prefix === 0xfe ? (descriptor[at + 1] ?? 0) + 2 : ([0, 1, 2, 4][prefix & 3] ?? 0)
    const data = descriptor.subarray(at + 1, at + 1 + size)
    const value = data.reduceRight((sum, byte) => sum * 256 + byte, 0)
    const tag = prefix & 0xfc
    if (tag === 0x04) page = value
    // The first usage names the collection; one of 32 bits brings its page along.
    else if (tag === 0x08) usage ??= size === 4 ? value : page * 0x10000 + value
    else if (tag === 0xa0 && value === 0x01 && usage !== null) {
      const use = { usagePage: Math.floor(usage / 0x10000), usage: usage % 0x10000 }
      found.set(`${use.usagePage} ${use.usage}`, use)
    }
    if ((prefix & 0x0c) === 0) usage = null
    at += 1 + size
  }
  return [...found.values()]
}
