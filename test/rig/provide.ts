import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const needs = [
  { package: 'qemu-system-x86', program: 'qemu-system-x86_64' },
  { package: 'debootstrap', program: 'debootstrap' },
  { package: 'e2fsprogs', program: 'mke2fs' },
]

/** Installs the programs of the rig where it may. A string says what a person has to do. */
export function provide(): string | null {
  const missing = needs.filter(({ program }) => !onPath(program)).map((need) => need.package)
  if (missing.length > 0) {
    const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing]
    const how = `The rig needs programs that this machine lacks: sudo ${install.join(' ')}`
    if (process.getuid?.() !== 0 || !onPath('apt-get')) return how
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    for (const [program = '', ...args] of [['apt-get', 'update', '-qq'], install]) {
      if (spawnSync(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) return how
    }
  }
  return process.getuid?.() === 0 ? null : 'The rig builds its image with debootstrap: run it as root'
}

/** Debian keeps debootstrap and mke2fs where only root looks. */
function onPath(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((dir) => existsSync(join(dir, program)))
}
