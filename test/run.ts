import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { startVitest } from 'vitest/node'

/** What the tests need from the system, as Debian names it. */
const needs = [
  { package: 'chromium', present: () => onPath('chromium') },
  { package: 'socat', present: () => onPath('socat') },
  { package: 'postgresql', present: () => postgresFolders().length > 0 },
]

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((dir) => existsSync(join(dir, program)))
}

function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql'
  return existsSync(root) ? readdirSync(root).filter((version) => existsSync(join(root, version, 'bin/initdb'))) : []
}

/** Installs what is missing where it may, else says how. */
function provide(): boolean {
  const missing = needs.filter((need) => !need.present()).map((need) => need.package)
  if (missing.length === 0) return true
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing]
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    print(
      `The tests need programs that this machine lacks. Install them, then run the tests again:\n  sudo ${install.join(' ')}`,
    )
    return false
  }
  print(`Installing ${missing.join(', ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const [program = '', ...args] of [['apt-get', 'update', '-qq'], install]) {
    const { status } = spawnSync(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    if (status !== 0) return print(`${program} ${args.join(' ')} failed with ${status}`)
  }
  return needs.every((need) => need.present())
}

function print(text: string): false {
  process.stdout.write(`${text}\n`)
  return false
}

if (provide()) {
  const vitest = await startVitest('test', process.argv.slice(2), { run: true, watch: false })
  const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()])
  const broken = vitest.state.getTestModules().filter((module) => module.errors().length > 0)
  const count = (state: string) => tests.filter((test) => test.result().state === state).length
  await vitest.close()
  const failed = count('failed') + broken.length + vitest.state.getUnhandledErrors().length
  const skipped = count('skipped')
  print(`${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed > 0 || tests.length === 0 ? 1 : 0
} else {
  process.exitCode = 1
}
