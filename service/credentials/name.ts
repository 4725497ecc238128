const pattern = /^[\p{Lu}\p{Ll}][\p{Lu}\p{Ll}\p{M}'’.\- ]{1,99}$/u

/**
 * Whether a text can be a person's name. Letters that have no case (`º`, `ª`, those of Chinese) are what readers make of
 * UTF-8 that they take for another encoding.
 */
export function isName(text: string): boolean {
  return pattern.test(text)
}
