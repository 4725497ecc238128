import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startVitest } from 'vitest/node'
import { isOnPath, provide } from './support/provide.ts'

/** What the tests need from the system. */
const needs = [
  { package: 'chromium', isPresent: () => isOnPath('chromium') },
  { package: 'socat', isPresent: () => isOnPath('socat') },
  { package: 'strace', isPresent: () => isOnPath('strace') },
  { package: 'postgresql', isPresent: () => postgresFolders().length > 0 },
]

function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql'
  return existsSync(root) ? readdirSync(root).filter((version) => existsSync(join(root, version, 'bin/initdb'))) : []
}

const why = provide(needs)
if (why === null) {
  const vitest = await startVitest('test', process.argv.slice(2), { run: true, watch: false })
  const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()])
  const broken = vitest.state.getTestModules().filter((module) => module.errors().length > 0)
  const count = (state: string) => tests.filter((test) => test.result().state === state).length
  await vitest.close()
  const failed = count('failed') + broken.length + vitest.state.getUnhandledErrors().length
  const skipped = count('skipped')
  process.stdout.write(`${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
  process.exitCode = failed > 0 || tests.length === 0 ? 1 : 0
} else {
  process.stdout.write(`The tests cannot run: ${why}\n`)
  process.exitCode = 1
}
