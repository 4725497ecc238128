import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type Started = { child: ChildProcess; ready: { url: string; pid: number } }

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Starts one of the project's programs and waits for its ready line. Null: it ended before; `onLog` had its reason. What
 * it writes to stderr goes to `onLog` line by line, for as long as it runs.
 */
export async function startProgram(
  program: 'service' | 'platform',
  args: readonly string[],
  onLog: (line: string) => void,
  env: Readonly<Record<string, string>> = {},
): Promise<Started | null> {
  // With the channel of fork a program notices when this one is gone, however it went.
  const child = fork(`${root}${program}/cli.ts`, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  if (child.stdout === null || child.stderr === null) throw new Error('expected pipes')
  createInterface({ input: child.stderr }).on('line', onLog)
  const lines = createInterface({ input: child.stdout })
  const line = await Promise.race([once(lines, 'line'), once(child, 'close').then(() => null)])
  return line === null ? null : { child, ready: JSON.parse(String(line[0])) }
}

/** Ends a program, waits until it is gone, and gives its exit code; null where a signal ended it. */
export async function stopProgram(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
  return child.exitCode
}
