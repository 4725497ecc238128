import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

/** Path of an empty folder that is removed after the test. */
export function tempFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gate-kiosk-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Paths of all files below a folder. */
export function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Path of a file with this text that is removed after the test. */
export function fileWith(text: string): string {
  const file = join(tempFolder(), 'file')
  writeFileSync(file, text)
  return file
}

/** The same for all tests of a file: called at its top, removed after its last test and its own `afterAll`. */
export function suiteFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'gate-kiosk-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
