/** Reads the QR code in a grey picture. One picture at a time: `picture`, then fill what it gave, then `read`. */
export interface Decoder {
  /** For `bytes` bytes of a picture whose first `width` × `height` are its luminance, row by row. Good until `read`. */
  picture(width: number, height: number, bytes: number): Uint8Array<ArrayBuffer>
  /** What the code holds, before any character set; null where none was read. */
  read(): Uint8Array | null
  /** Whether a code was in view, but could not be read; left out by a decoder that cannot tell. */
  readonly isUnread?: boolean
}
