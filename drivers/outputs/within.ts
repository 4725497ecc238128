const ticks = 10

/**
 * Rejects when the promise did not settle in time; `what` begins the message. The time is that of a running event loop:
 * after a stall Node runs what was due before it looks at what has arrived, and an answer given long ago would be late.
 */
export function within<Value>(ms: number, promise: Promise<Value>, what: string): Promise<Value> {
  const late = Promise.withResolvers<never>()
  let left = ticks
  const timer = setInterval(() => {
    if (--left === 0) late.reject(new Error(`${what} takes longer than ${ms} ms`))
  }, ms / ticks)
  return Promise.race([promise, late.promise]).finally(() => clearInterval(timer))
}
