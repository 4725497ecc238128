import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Something that the system must have: a package, as Debian names it, and how to tell that it is there. */
export type Need = { readonly package: string; readonly isPresent: () => boolean }

/** Installs what is missing where it may. A string says what a person has to do. */
export function provide(needs: readonly Need[]): string | null {
  const missing = needs.filter((need) => !need.isPresent()).map((need) => need.package)
  if (missing.length === 0) return null
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing]
  const how = `this machine lacks ${missing.join(', ')}; to install: sudo ${install.join(' ')}`
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) return how
  process.stdout.write(`Installing ${missing.join(', ')}\n`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const [program = '', ...args] of [['apt-get', 'update', '-qq'], install]) {
    const { status } = spawnSync(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    if (status !== 0) return `${how}; ${program} ${args[0]} failed with ${status}`
  }
  return needs.every((need) => need.isPresent()) ? null : how
}

/** Debian keeps some programs where only root looks. */
export function isOnPath(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((dir) => existsSync(join(dir, program)))
}
