import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the key comes from that seals a gate's secrets; `file`: there is none, and they lie as they are, mode 0600. */
type Backend = 'file' | 'systemd' | 'safeStorage'

/** Seals and opens the files that hold the gate's secrets. */
export interface Vault {
  readonly backend: Backend
  /** Why a key that was given is not in use; null where nothing is wrong. */
  readonly fault: string | null
  /** The text of the file `name` that holds this secret. */
  seal(name: string, secret: Uint8Array): string
  /** The secret in the text of the file `name`. A text that was never sealed is one itself. Null: no key here opens it. */
  open(name: string, text: string): Uint8Array | null
}

/** What the credential is called: `LoadCredentialEncrypted=gate-kiosk.key` (systemd.exec(5)). */
const credential = 'gate-kiosk.key'
const keyBytes = 32

/**
 * The vault of this process. A credential of systemd goes before the key that the shell gave, because somebody set it up
 * on purpose. `given`: 32 bytes.
 */
export function openVault(given: Uint8Array | null = null, env: NodeJS.ProcessEnv = process.env): Vault {
  const folder = env['CREDENTIALS_DIRECTORY']
  const found = folder === undefined ? null : readCredential(join(folder, credential))
  if (found instanceof Uint8Array) return keyVault('systemd', found, null)
  return given === null ? fileVault(found) : keyVault('safeStorage', given, found)
}

/** Null: there is none. A string says why it cannot be used. */
function readCredential(path: string): Uint8Array | string | null {
  try {
    const key = readFileSync(path)
    return key.length === keyBytes ? key : `${path} has ${key.length} bytes, expected ${keyBytes}`
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}

function fileVault(fault: string | null): Vault {
  return {
    backend: 'file',
    fault,
    seal: (_name, secret) => Buffer.from(secret).toString(),
    open: (_name, text) => (isSealed(text) ? null : Buffer.from(text)),
  }
}

// One line, so that whatever copies the file as text keeps it: gate-sealed.1.<backend>.<nonce>.<ciphertext and tag>.
// The backend is for people to read; it decides nothing.
const mark = 'gate-sealed.'
const envelope = /^gate-sealed\.1\.(?:systemd|safeStorage)\.([\w-]{16})\.([\w-]{22,})$/
const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** Whether the text is an envelope, or the remains of one. */
export function isSealed(text: string): boolean {
  return text.startsWith(mark)
}

/** The backend that sealed this text; null where it is not sealed. */
export function sealedBy(text: string): string | null {
  return isSealed(text) ? (text.split('.')[2] ?? 'unknown') : null
}

function keyVault(backend: Exclude<Backend, 'file'>, key: Uint8Array, fault: string | null): Vault {
  return {
    backend,
    fault,
    seal(name, secret) {
      // Random nonces of 96 bits do for 2^32 seals under one key (NIST SP 800-38D, 8.3); a gate makes a handful.
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(name))
      const box = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()])
      return `${mark}1.${backend}.${nonce.toString('base64url')}.${box.toString('base64url')}`
    },
    open: (name, text) => (isSealed(text) ? openEnvelope(key, name, text) : Buffer.from(text)),
  }
}

function openEnvelope(key: Uint8Array, name: string, text: string): Uint8Array | null {
  const [, nonce, box] = envelope.exec(text) ?? []
  if (nonce === undefined || box === undefined) return null
  const bytes = Buffer.from(box, 'base64url')
  const decipher = createDecipheriv(algorithm, key, Buffer.from(nonce, 'base64url'), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()])
  } catch {
    // Another key, another file, or a changed one: GCM does not tell which.
    return null
  }
}
