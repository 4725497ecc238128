import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type Ready = { url: string; pid: number }

const root = fileURLToPath(new URL('..', import.meta.url))

/** Starts one of the project's programs and waits for its ready line. Null: it ended before, and has said why. */
export async function startProgram(
  program: 'service' | 'platform',
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ child: ChildProcess; ready: Ready } | null> {
  // With the channel of fork a program notices when this one is gone, however it went.
  const child = fork(`${root}${program}/cli.ts`, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  child.stderr?.pipe(process.stderr)
  const ready = await Promise.race([firstLine(child), once(child, 'exit').then(() => null)])
  return ready === null ? null : { child, ready: JSON.parse(ready) }
}

async function firstLine(child: ChildProcess): Promise<string | null> {
  if (child.stdout === null) return null
  for await (const line of createInterface({ input: child.stdout })) return line
  return null
}

/** Ends a program and waits until it is gone. */
export async function stopProgram(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
