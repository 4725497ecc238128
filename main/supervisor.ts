/** What the supervisor needs of a child process; Electron's `UtilityProcess` is one. */
export interface Child {
  once(event: 'exit', listener: (code: number) => void): unknown
  kill(): boolean
}

export interface Supervised<Process extends Child> {
  fork(): Process
  /** Called after each fork, the first included. */
  started(process: Process): void
  /** `pauseMs` is null when nothing follows because of `stop`. */
  exited(code: number, pauseMs: number | null): void
}

const stableMs = 60_000
const maxPauseMs = 10_000
const stopMs = 2000

/** The pause before the next start, in ms: none after the first death, then 0.5 s doubling up to 10 s. */
export function respawnPause(deaths: number): number {
  return deaths <= 1 ? 0 : Math.min(maxPauseMs, 500 * 2 ** (deaths - 2))
}

/** Keeps one process running until `stop`. A minute of life clears its record; it is never given up. */
export function supervise<Process extends Child>(service: Supervised<Process>) {
  let child: Process | null = null
  let next: NodeJS.Timeout | undefined
  let deaths = 0
  let stopping: Promise<void> | null = null

  const start = () => {
    const bornAt = performance.now()
    const born = service.fork()
    child = born
    born.once('exit', (code) => {
      child = null
      if (stopping !== null) return service.exited(code, null)
      deaths = performance.now() - bornAt >= stableMs ? 1 : deaths + 1
      const pauseMs = respawnPause(deaths)
      service.exited(code, pauseMs)
      next = setTimeout(start, pauseMs)
    })
    service.started(born)
  }

  const end = async (last: Process | null) => {
    clearTimeout(next)
    if (last === null) return
    const gone = Promise.withResolvers<void>()
    last.once('exit', () => gone.resolve())
    const limit = setTimeout(() => gone.resolve(), stopMs)
    last.kill()
    await gone.promise
    clearTimeout(limit)
  }

  start()
  return {
    /** Asks the process to end and waits for it, 2 s at most. */
    stop(): Promise<void> {
      stopping ??= end(child)
      return stopping
    },
  }
}
