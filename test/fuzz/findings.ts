/** What one thread found; `kinds` counts by kind and check. */
export type Findings = {
  readonly tried: number
  readonly kinds: ReadonlyMap<string, number>
  readonly failures: readonly { readonly why: string; readonly payload: string }[]
  readonly slowestMs: number
}

/** As many are enough to see what is wrong. */
export const maxFailures = 20
