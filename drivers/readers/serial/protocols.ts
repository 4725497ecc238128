import type { SerialReader } from '../../../contract/settings.ts'
import { type Framed, Framer } from '../framing.ts'
import { Dechdr } from './dechdr.ts'
import { Ssi } from './ssi.ts'

/** What a protocol makes of the bytes of a reader. A `reply` is to be sent to the reader. */
export type Parsed = Framed | { readonly kind: 'reply'; readonly bytes: Uint8Array }

/** Cuts the byte stream of a reader into messages; the caller keeps the time. */
export interface Protocol {
  /** Whether something has begun, so that silence would end it. */
  readonly begun: boolean
  push(chunk: Uint8Array): Parsed[]
  /** No byte came for a while. It is called again after as much more silence while something is still begun. */
  silence(): Parsed[]
}

/** A new parser for one open port. */
export function openProtocol({ protocol, prefix }: Pick<SerialReader, 'protocol' | 'prefix'>): Protocol {
  switch (protocol) {
    case 'plain':
      return new Framer(prefix)
    case 'honeywell-dechdr':
      return new Dechdr()
    case 'zebra-ssi':
      return new Ssi()
  }
}
