import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes a file of mode 0600 that is whole or as it was before, whatever happens to the power. Throws where it cannot. */
export function writeAtomically(path: string, text: string): void {
  const part = `${path}.part`
  try {
    writeFileSync(part, text, { mode: 0o600, flush: true })
    renameSync(part, path)
  } catch (error) {
    // On a full disk it would take the space that visits need.
    rmSync(part, { force: true })
    throw error
  }
  syncFolder(dirname(path))
}

/** Without it a power cut may take the new name away again. Windows has no such call and needs none. */
export function syncFolder(dir: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(dir, 'r')
  fsyncSync(fd)
  closeSync(fd)
}
