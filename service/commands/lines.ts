/** Longer than any code as a JSON string with every character escaped. */
const maxLineBytes = 128 * 1024

/** The lines of a stream; null for one that is longer than a code can be. */
export async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<string | null, void, void> {
  let parts: Buffer[] = []
  let length = 0
  const take = (part: Buffer) => {
    length += part.length
    if (length > maxLineBytes) parts = []
    else parts.push(part)
  }
  const end = () => {
    const line = length > maxLineBytes ? null : Buffer.concat(parts).toString().trim()
    parts = []
    length = 0
    return line
  }
  for await (const chunk of stream) {
    let start = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, start)) {
      take(chunk.subarray(start, at))
      yield end()
      start = at + 1
    }
    take(chunk.subarray(start))
  }
  if (length > 0) yield end()
}
