import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** `npm run soak [-- PART …]`: the long form of the tests that have one; all of them, or those that are named. */
const parts: Record<string, { args: string[]; env?: Record<string, string> }> = {
  crash: { args: ['test/crash/run.ts', '--states', '200000'] },
  faults: { args: ['test/faults/run.ts', '--steps', '1000000'] },
  kill: { args: ['node_modules/vitest/vitest.mjs', 'run', 'test/kill.test.ts'], env: { KILLS: '1000' } },
}

const named = process.argv.slice(2)
const unknown = named.filter((name) => !(name in parts))
if (unknown.length > 0) throw new Error(`expected some of ${Object.keys(parts).join(', ')}: ${unknown.join(', ')}`)
const cwd = fileURLToPath(new URL('..', import.meta.url))
for (const [name, { args, env }] of Object.entries(parts)) {
  if (named.length > 0 && !named.includes(name)) continue
  process.stdout.write(`${name}\n`)
  const { status } = spawnSync(process.execPath, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } })
  if (status !== 0) process.exitCode = 1
}
