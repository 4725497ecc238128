import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** leveldown brings its binaries along, so that no script of a package need run. */
const packages = ['pouchdb-node@9.0.0', 'leveldown@6.1.1', 'express-pouchdb@4.2.0', 'express@4.22.1']
const withinMs = 120_000

/** `dir`: `node_modules` is in it. */
export type Installed = { kind: 'installed'; dir: string; versions: string } | { kind: 'skipped'; why: string }

/** Puts PouchDB and its server into the user's cache, where they are not there yet. */
export async function installPouch(): Promise<Installed> {
  const versions = packages.join(', ')
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'gate-kiosk-bench')
  const dir = join(cache, packages.join('_'))
  if (existsSync(dir)) return { kind: 'installed', dir, versions }
  const begun = `${dir}.begun`
  // What an install that was broken off left, and older versions.
  rmSync(cache, { recursive: true, force: true })
  mkdirSync(begun, { recursive: true })
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--loglevel=error', '--fetch-retries=1']
  try {
    await promisify(execFile)('npm', ['install', '--prefix', begun, ...quietly, ...packages], { timeout: withinMs })
  } catch (error) {
    return { kind: 'skipped', why: `npm cannot install ${versions}: ${reasonOf(error)}` }
  }
  renameSync(begun, dir)
  return { kind: 'installed', dir, versions }
}

/** One line of what npm told: its own message is that of every line. */
function reasonOf(error: unknown): string {
  const told = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  const lines = told.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => line.includes('reason:')) ?? lines[0] ?? `no answer within ${withinMs / 1000} s`
}
