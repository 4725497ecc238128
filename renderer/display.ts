/** What text from outside may not carry to a screen: control characters and those that hide or reorder text. */
const hidden: readonly (readonly [number, number])[] = [
  [0x0000, 0x001f],
  [0x007f, 0x009f],
  [0x061c, 0x061c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2066, 0x2069],
  [0xfeff, 0xfeff],
]

/** The text without control and bidi characters; everything else stays as it is. */
export function clean(text: string): string {
  return [...text].filter((character) => !isHidden(character.codePointAt(0) ?? 0)).join('')
}

function isHidden(code: number): boolean {
  return hidden.some(([first, last]) => code >= first && code <= last)
}

type NameSize = 'short' | 'medium' | 'long' | 'longest'

/** The type size at which a name of this length takes two lines at most; beyond that it is cut with an ellipsis. */
export function nameSize(name: string): NameSize {
  const length = [...name].length
  if (length <= 20) return 'short'
  if (length <= 34) return 'medium'
  if (length <= 60) return 'long'
  return 'longest'
}
