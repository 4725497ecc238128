import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'
import { tempFolder } from './support/folder.ts'
import { printed } from './support/programs.ts'

const program = fileURLToPath(new URL('../demo/demo.ts', import.meta.url))

/** The demonstration as a newcomer without a display starts it. */
function startDemo(data: string, extra: Record<string, string> = {}): { child: ChildProcess; lines: string[] } {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...env } = process.env
  const child = spawn(process.execPath, [program, '--data', data], {
    env: { ...env, ...extra },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (l) => lines.push(l))
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return { child, lines }
}

/** Numbers of the visits that the platform acknowledged. */
function acknowledged(lines: readonly string[]): number[] {
  return lines.flatMap((line) => /^#(\d+) .* acknowledged/.exec(line)?.[1] ?? []).map(Number)
}

it('shows visits that reach the platform, stops at Ctrl-C, and goes on with the same data', async () => {
  const data = tempFolder()
  const first = startDemo(data)
  await vi.waitFor(() => expect(acknowledged(first.lines).length).toBeGreaterThan(1), 60_000)
  expect(first.lines.filter((line) => line.includes('Electron is not installed here'))).toHaveLength(1)
  first.child.kill('SIGINT')
  expect(await once(first.child, 'exit')).toEqual([0, null])

  const second = startDemo(data)
  await vi.waitFor(() => expect(acknowledged(second.lines).length).toBeGreaterThan(0), 60_000)
  second.child.kill('SIGINT')
  expect(await once(second.child, 'exit')).toEqual([0, null])
  expect(acknowledged(second.lines)[0]).toBeGreaterThan(acknowledged(first.lines).at(-1) ?? 0)
  expect(await printed('service', ['verify', '--data', `${data}/gate`])).toMatch(/^ok \d+ visits$/)
}, 150_000)

it('goes on in the browser where Electron is installed but does not start', async () => {
  const electron = tempFolder()
  writeFileSync(join(electron, 'electron'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  const { child, lines } = startDemo(tempFolder(), { ELECTRON_OVERRIDE_DIST_PATH: electron })
  await vi.waitFor(() => expect(acknowledged(lines).length).toBeGreaterThan(0), 60_000)
  expect(lines.filter((line) => line.includes('Electron does not start here; using'))).toHaveLength(1)
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
}, 90_000)
