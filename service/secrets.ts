import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Enrolment } from '../sync/enrolment.ts'

function file(dir: string): string {
  return join(dir, 'enrolment.json')
}

export type KeptEnrolment =
  | { kind: 'none' }
  | { kind: 'enrolled'; enrolment: Enrolment }
  /** The file is there, but it is not what enrolment wrote: a person has to look. */
  | { kind: 'damaged'; why: string }

export function readEnrolment(dir: string): KeptEnrolment {
  const why = `${file(dir)} is damaged: put its backup back, or begin with a new data folder`
  let text: string | null
  try {
    text = readIfThere(file(dir))
  } catch {
    return { kind: 'damaged', why }
  }
  if (text === null) return { kind: 'none' }
  const parsed = Enrolment.safeParse(parseJson(text))
  return parsed.success ? { kind: 'enrolled', enrolment: parsed.data } : { kind: 'damaged', why }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function writeEnrolment(dir: string, enrolment: Enrolment): void {
  writeSecret(file(dir), JSON.stringify(enrolment))
}

/** Whether an enrolment can be written here: a one-time code must not be used up for one that cannot. */
export function canWriteEnrolment(dir: string): boolean {
  const probe = join(dir, 'enrolment.probe')
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    writeSecret(probe, ' '.repeat(4096))
    rmSync(probe)
    return true
  } catch {
    return false
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Writes a file of mode 0600 that is whole or not there, whatever happens to the power. */
export function writeSecret(path: string, text: string): void {
  const part = `${path}.part`
  const fd = openSync(part, 'w', 0o600)
  try {
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(part, path)
  syncFolder(dirname(path))
}

/** Without it a power cut may take the new name away again. Windows has no such call and needs none. */
function syncFolder(dir: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(dir, 'r')
  fsyncSync(fd)
  closeSync(fd)
}

/** The key under which a gate without a policy keys people: 32 bytes, made once. Null: the file is damaged. */
export function ownSubjectKey(dir: string): Uint8Array | null {
  const path = join(dir, 'subject.key')
  const text = readIfThere(path)
  if (text !== null) {
    const kept = Buffer.from(text, 'base64url')
    return kept.length === 32 ? kept : null
  }
  const key = randomBytes(32)
  writeSecret(path, key.toString('base64url'))
  return key
}
