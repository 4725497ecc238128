import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { tempFolder } from './folder.ts'

/** A small disk of its own. */
export type SmallDisk = {
  /** A folder on it. */
  readonly dir: string
  /** Writes a file until nothing more fits; gives what frees the room again. */
  fill(): () => void
  /** The system refuses every write from now on, as after an error of the disk. */
  abort(): void
  /** Mounts it anew; nobody may have a file on it open. */
  mendAndMount(): void
}

/** Null where this machine mounts nothing for us. It is unmounted after the test. */
export function mountSmallDisk(): SmallDisk | null {
  const at = tempFolder()
  const [image, mount] = [join(at, 'image'), join(at, 'mount')]
  mkdirSync(mount)
  closeSync(openSync(image, 'w'))
  truncateSync(image, 24 * 1024 * 1024)
  // Nothing is kept back for root, whom a full disk would otherwise not stop.
  if (!ran('mkfs.ext4', '-q', '-m', '0', image) || !ran('mount', '-o', 'loop', image, mount)) return null
  onTestFinished(() => void ran('umount', '-l', mount))
  return {
    dir: join(mount, 'data'),
    fill: () => fill(join(mount, 'ballast')),
    abort: () => expectRan('mount', '-o', 'remount,abort', mount),
    mendAndMount: () => {
      expectRan('umount', mount)
      ran('e2fsck', '-p', image)
      expectRan('mount', '-o', 'loop', image, mount)
    },
  }
}

function ran(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}

function expectRan(program: string, ...args: string[]): void {
  if (!ran(program, ...args)) throw new Error(`expected ${program} ${args.join(' ')} to succeed`)
}

function fill(ballast: string): () => void {
  const fd = openSync(ballast, 'w')
  const page = Buffer.alloc(4096, 1)
  try {
    for (;;) writeSync(fd, page)
  } catch {
    // Not a byte more.
  } finally {
    closeSync(fd)
  }
  return () => rmSync(ballast)
}
