import { decode, encode, rfc8949EncodeOptions, type Token, Tokenizer, Type } from 'cborg'

const maxDepth = 32
/** Many more than the largest code holds, and few enough to be read in a millisecond. */
const maxItems = 4000

/** Date-times (tags 0 and 1, RFC 8949, 3.4) stand for the text or number that they hold. Other tags are refused. */
const tags = { 0: (content: () => unknown) => content(), 1: (content: () => unknown) => content() }

/**
 * One CBOR item (RFC 8949), maps as `Map`. Undefined where the bytes are not one, hold a key twice, or nest deeper than
 * 32.
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  const options = { useMaps: true, rejectDuplicateMapKeys: true, tags }
  try {
    return decode(bytes, { ...options, tokenizer: new BoundedTokenizer(bytes, options) })
  } catch {
    return undefined
  }
}

/** As `decodeCbor`, and undefined where the bytes are not the deterministic encoding (RFC 8949, 4.2.1). */
export function decodeDeterministic(bytes: Uint8Array): unknown {
  const value = decodeCbor(bytes)
  try {
    return Buffer.compare(encode(value, rfc8949EncodeOptions), bytes) === 0 ? value : undefined
  } catch {
    return undefined
  }
}

/** Ends the reading of what is too deep or too long before it costs stack or time. */
class BoundedTokenizer extends Tokenizer {
  /** How many items each open array, map and tag still lacks; infinite for one that ends with a break. */
  readonly #open: number[] = []
  #items = 0

  override next(): Token {
    const token = super.next()
    if (++this.#items > maxItems) throw new Error('too many items')
    const size = sizeOf(token)
    if (size > 0) {
      if (this.#open.push(size) > maxDepth) throw new Error('nested too deep')
      return token
    }
    if (token.type === Type.break) this.#open.pop()
    this.#closeItem()
    return token
  }

  #closeItem(): void {
    for (let last = this.#open.length - 1; last >= 0; last--) {
      const missing = (this.#open[last] ?? 0) - 1
      this.#open[last] = missing
      if (missing > 0) return
      this.#open.pop()
    }
  }
}

/** How many items follow within the one that the token begins. */
function sizeOf({ type, value }: Token): number {
  if (type === Type.tag) return 1
  if (type === Type.array) return value
  return type === Type.map ? value * 2 : 0
}
