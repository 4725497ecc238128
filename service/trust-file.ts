import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { SigningJwk } from '../sync/protocol.ts'
import { openTrustBundle, type TrustBundle } from '../sync/trust-bundle.ts'
import { writeAtomically } from './atomic-file.ts'

/** More than every certificate signer in the world takes. */
const maxBytes = 32 * 1024 * 1024

export type KeptTrust =
  | { kind: 'none' }
  | { kind: 'good'; bundle: TrustBundle }
  /** Nothing of it is trusted; `why` says what was expected. */
  | { kind: 'refused'; why: string }

/** The trusted certificate keys that were brought to the gate, as the platform signed them. */
function trustFile(dir: string): string {
  return join(dir, 'trust.jws')
}

export async function readTrust(dir: string, signingKey: SigningJwk): Promise<KeptTrust> {
  const read = readText(trustFile(dir))
  return read.kind === 'text' ? openTrust(read.text, signingKey) : read
}

/** Changes whenever another bundle was brought; 0 while none can be seen. */
export function trustChangedAt(dir: string): number {
  try {
    return statSync(trustFile(dir)).mtimeMs
  } catch {
    return 0
  }
}

/** Puts the bundle in `file` in force, unless it is older than the one that is. */
export async function importTrust(dir: string, file: string, signingKey: SigningJwk): Promise<KeptTrust> {
  const read = readText(file)
  if (read.kind === 'none') return { kind: 'refused', why: `there is no file ${file}` }
  if (read.kind === 'refused') return read
  const brought = await openTrust(read.text, signingKey)
  if (brought.kind !== 'good') return brought
  const kept = await readTrust(dir, signingKey)
  if (kept.kind === 'good' && kept.bundle.version > brought.bundle.version) {
    const why = `the bundle has version ${brought.bundle.version}, expected ${kept.bundle.version} or later`
    return { kind: 'refused', why }
  }
  try {
    writeAtomically(trustFile(dir), read.text.trim())
  } catch (error) {
    return {
      kind: 'refused',
      why: `the bundle cannot be kept: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
  return brought
}

async function openTrust(jws: string, signingKey: SigningJwk): Promise<KeptTrust> {
  const opened = await openTrustBundle(jws.trim(), signingKey)
  switch (opened.kind) {
    case 'good':
      return { kind: 'good', bundle: opened.value }
    case 'unsigned':
      return { kind: 'refused', why: 'the bundle is not signed by the platform of this gate' }
    case 'misshapen':
      return { kind: 'refused', why: `the bundle cannot be read: ${opened.why}` }
  }
}

function readText(path: string): { kind: 'text'; text: string } | Extract<KeptTrust, { kind: 'none' | 'refused' }> {
  try {
    const stat = statSync(path)
    // A pipe or a device would hold the gate up for ever.
    if (!stat.isFile()) return { kind: 'refused', why: `${path} is no file` }
    const { size } = stat
    if (size > maxBytes) return { kind: 'refused', why: `${path} has ${size} bytes, expected at most ${maxBytes}` }
    return { kind: 'text', text: readFileSync(path, 'utf8') }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { kind: 'none' }
    return { kind: 'refused', why: error instanceof Error ? error.message : String(error) }
  }
}
