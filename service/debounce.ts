import { createHash } from 'node:crypto'

/** A code that is held in front of a reader is read again and again; a pause longer than this makes it a new reading. */
const heldMs = 2000
const maxRemembered = 64

/** Tells a code that is still being held from one that is shown anew. */
export class Debounce {
  /** Digest of the bytes → when they were last seen, oldest first. */
  readonly #seen = new Map<string, number>()

  /** The codes that are held now may be read again: they had no answer. */
  forget(): void {
    this.#seen.clear()
  }

  /** `now` is monotonic, in ms. Seeing the bytes again keeps them held. */
  isHeld(bytes: Uint8Array, now: number): boolean {
    // The raw code must not stay in memory longer than its reading takes.
    const digest = createHash('sha256').update(bytes).digest('base64')
    const last = this.#seen.get(digest)
    this.#seen.delete(digest)
    this.#seen.set(digest, now)
    for (const [key, at] of this.#seen) {
      if (this.#seen.size <= maxRemembered && now - at < heldMs) break
      this.#seen.delete(key)
    }
    return last !== undefined && now - last < heldMs
  }
}
