import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { startProgram, stopProgram } from '../../demo/process.ts'
import type { Visit } from '../../sync/protocol.ts'
import { tempFolder } from './folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export type Program = {
  readonly url: string
  readonly pid: number
  /** Every line that it logged so far. */
  readonly log: string[]
  /** Gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Runs `gate-kiosk serve` or `gate-platform serve` as a process of its own; it is ended after the test. */
export async function serve(
  program: 'service' | 'platform',
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const log: string[] = []
  // A platform leaves its address in the user's state folder, where another one's may be.
  const apart = { XDG_STATE_HOME: tempFolder(), ...env }
  const started = await startProgram(program, ['serve', ...args], (line) => log.push(line), apart)
  if (started === null) throw new Error(`the ${program} did not start:\n${log.join('\n')}`)
  const stop = (signal?: NodeJS.Signals) => stopProgram(started.child, signal)
  onTestFinished(async () => {
    await stop('SIGKILL')
  })
  return { ...started.ready, log, stop }
}

type Ran = { status: number | null; stdout: string; stderr: string }

/** Runs one command to its end. */
export async function run(program: 'service' | 'platform', args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [`${root}${program}/cli.ts`, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { status, stdout, stderr }
}

/** The last line that a command printed; it must have succeeded. */
export async function printed(program: 'service' | 'platform', args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await run(program, args)
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with ${status}: ${stderr}`)
  return stdout.trimEnd()
}

/** What `visits --json` prints. */
export async function visits(program: 'service' | 'platform', args: readonly string[]): Promise<Visit[]> {
  return JSON.parse(await printed(program, ['visits', '--json', ...args]))
}
