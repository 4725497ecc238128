import type { Seen } from './pictures.ts'

/** What the screen says beside the aiming frame. `unread`: a code is in view, but cannot be read. */
export type Hint = 'frame' | 'dark' | 'unread'

/** Of 255; between the two the last word stands. */
const darkBelow = 35
const lightAbove = 45
/** About a second of pictures. */
const unreadAfter = 30
/** So many in a row may lose a code that is in view: in a hand, out of focus, it is found in one of several. */
const mostLost = 15

/** Which hint the pictures of a camera call for, one after another. */
export class Hints {
  #isDark = false
  /** Pictures since the last one with an unread code. */
  #lost = Number.POSITIVE_INFINITY
  /** Pictures for which an unread code is in view. */
  #unread = 0

  after({ brightness, code }: Seen): Hint {
    this.#isDark = brightness < (this.#isDark ? lightAbove : darkBelow)
    this.#lost = { none: this.#lost + 1, unread: 0, read: Number.POSITIVE_INFINITY }[code]
    this.#unread = this.#lost > mostLost ? 0 : this.#unread + 1
    if (this.#isDark) return 'dark'
    return this.#unread >= unreadAfter ? 'unread' : 'frame'
  }
}
