import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Enrolment } from '../sync/enrolment.ts'
import { parseJson } from '../sync/json.ts'
import { writeAtomically } from './atomic-file.ts'
import { openVault, type Vault } from './custody.ts'

export const enrolmentName = 'enrolment.json'
export const subjectKeyName = 'subject.key'

function file(dir: string): string {
  return join(dir, enrolmentName)
}

export type KeptEnrolment =
  | { kind: 'none' }
  | { kind: 'enrolled'; enrolment: Enrolment }
  /** The file is there, but it is not what enrolment wrote, or no key here opens it: a person has to look. */
  | { kind: 'damaged'; why: string }

export function readEnrolment(dir: string, vault: Vault = openVault()): KeptEnrolment {
  const why = `${file(dir)} is damaged: put its backup back, or begin with a new data folder`
  let text: string | null
  try {
    text = readIfThere(file(dir))
  } catch {
    return { kind: 'damaged', why }
  }
  if (text === null) return { kind: 'none' }
  const secret = vault.open(enrolmentName, text)
  if (secret === null) {
    return { kind: 'damaged', why: `${file(dir)} is sealed: only a process that has the key of the gate opens it` }
  }
  const parsed = Enrolment.safeParse(parseJson(Buffer.from(secret).toString()))
  return parsed.success ? { kind: 'enrolled', enrolment: parsed.data } : { kind: 'damaged', why }
}

/** Without the gate's key it is written as it is, and the service seals it at its next start. */
export function writeEnrolment(dir: string, enrolment: Enrolment, vault: Vault = openVault()): void {
  writeAtomically(file(dir), vault.seal(enrolmentName, Buffer.from(JSON.stringify(enrolment))))
}

/** Whether an enrolment can be written here: a one-time code must not be used up for one that cannot. */
export function canWriteEnrolment(dir: string): boolean {
  const probe = join(dir, 'enrolment.probe')
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    writeAtomically(probe, ' '.repeat(4096))
    rmSync(probe)
    return true
  } catch {
    return false
  }
}

export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/**
 * The key under which a gate without a policy keys people: 32 bytes, made once. Null: the file is damaged, or no key here
 * opens it, which `takeCustody` sees to beforehand.
 */
export function ownSubjectKey(dir: string, vault: Vault = openVault()): Uint8Array | null {
  const path = join(dir, subjectKeyName)
  const text = readIfThere(path)
  if (text !== null) {
    const secret = vault.open(subjectKeyName, text)
    const kept = Buffer.from(Buffer.from(secret ?? []).toString(), 'base64url')
    return kept.length === 32 ? kept : null
  }
  const key = randomBytes(32)
  writeAtomically(path, vault.seal(subjectKeyName, Buffer.from(key.toString('base64url'))))
  return key
}
