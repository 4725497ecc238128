import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * `npm run lock`: makes package-lock.json anew from package.json, so that `npm ci` works with any npm from 9 on, on any
 * Node from 18 on, without a compiler. `test/lockfile.test.ts` holds what it sees to.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
type Lock = { packages: Record<string, { optional?: boolean; engines?: unknown; gypfile?: boolean }> }

const folder = mkdtempSync(join(tmpdir(), 'lock-'))
copyFileSync(`${root}package.json`, join(folder, 'package.json'))
// Beside a node_modules npm would leave out the binaries of other platforms.
execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts', '--omit-lockfile-registry-resolved'], {
  cwd: folder,
  stdio: 'inherit',
})
const lock: Lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
rmSync(folder, { recursive: true })

for (const [path, entry] of Object.entries(lock.packages)) {
  // npm leaves an optional package out when the Node it runs on is too old, though the Node used later is not.
  if (entry.optional) delete entry.engines
  // Its package.json says so too, but npm reads the lockfile, and would compile what comes with its binaries.
  if (path === 'node_modules/better-sqlite3') entry.gypfile = false
}
writeFileSync(`${root}package-lock.json`, `${JSON.stringify(lock, null, 2)}\n`)
