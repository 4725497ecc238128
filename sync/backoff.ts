const baseMs = 500
const capMs = 300_000

/**
 * How long to wait after the given number of failures in a row: capped exponential backoff with full jitter, so that the
 * gates of a region do not come back all at once; never less than the platform asked for.
 */
export function backoffMs(failures: number, atLeastMs: number): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(failures, 20))
  const jitter = Math.random()
  return atLeastMs > 0 ? atLeastMs * (1 + jitter / 2) : ceiling * jitter
}
