/** What a check found. `cure`: a command line that puts it right. */
export type Finding =
  | { readonly kind: 'good'; readonly what: string }
  | { readonly kind: 'wrong'; readonly what: string; readonly cure: string }
  /** Nothing to put right, but good to know. */
  | { readonly kind: 'note'; readonly what: string }

export const good = (what: string): Finding => ({ kind: 'good', what })
export const wrong = (what: string, cure: string): Finding => ({ kind: 'wrong', what, cure })
export const note = (what: string): Finding => ({ kind: 'note', what })

/** For a command line of a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
