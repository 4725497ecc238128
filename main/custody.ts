import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What is needed of Electron's `safeStorage`. */
export interface SafeStorage {
  isAsyncEncryptionAvailable(): Promise<boolean>
  /** On Linux alone. */
  getSelectedStorageBackend(): string
  encryptStringAsync(text: string): Promise<Buffer>
  decryptStringAsync(sealed: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }>
}

/** `key`: 32 bytes in base64url. */
export type ServiceKey =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'none'; readonly why: string }

/** The service's first message; never in its arguments or environment, which other programs can read. */
export function giveKey(service: { postMessage(message: unknown, transfer: never[]): void }, key: ServiceKey): void {
  service.postMessage({ kind: 'key', key: key.kind === 'key' ? key.key : null }, [])
}

/** A keychain may ask a person, and at a gate nobody answers. */
const answerWithinMs = 10_000

/** The stores of Linux that a secret of the user's own protects; `basic_text` is a password that everybody knows. */
const safeOnLinux = /^(gnome_libsecret|kwallet\d?)$/

/**
 * The key under which the service seals its secrets: made once, kept in `folder` as the system sealed it. Settles in 10 s
 * at most; `none` leaves what is kept as it is. Call it after `ready`.
 * Source: https://www.electronjs.org/docs/latest/api/safe-storage
 */
export async function serviceKey(
  storage: SafeStorage,
  folder: string,
  platform: NodeJS.Platform,
  withinMs = answerWithinMs,
): Promise<ServiceKey> {
  const late = Promise.withResolvers<ServiceKey>()
  const limit = setTimeout(() => late.resolve(none(`no answer within ${withinMs} ms`)), withinMs)
  const path = join(folder, 'service.key')
  const asked = ask(storage, path, platform).catch((error: unknown) =>
    none(error instanceof Error ? error.message : String(error)),
  )
  const answer = await Promise.race([asked, late.promise])
  clearTimeout(limit)
  return answer
}

async function ask(storage: SafeStorage, path: string, platform: NodeJS.Platform): Promise<ServiceKey> {
  if (platform === 'linux') {
    const backend = storage.getSelectedStorageBackend()
    if (!safeOnLinux.test(backend)) return none(`the password store ${backend} protects nothing`)
  }
  if (!(await storage.isAsyncEncryptionAvailable())) return none('the system offers no encryption')
  const sealed = readIfThere(path)
  return (sealed === null ? null : await open(storage, path, sealed)) ?? (await make(storage, path))
}

/** Null: the system cannot open it, although it is at work, and the file was set aside. */
async function open(storage: SafeStorage, path: string, sealed: Buffer): Promise<ServiceKey | null> {
  const opened = await storage.decryptStringAsync(sealed).catch(() => null)
  if (opened !== null && isKey(opened.result)) {
    if (opened.shouldReEncrypt) writeDurably(path, await storage.encryptStringAsync(opened.result))
    return { kind: 'key', key: opened.result }
  }
  renameSync(path, `${path}.unreadable-${new Date().toISOString().replaceAll(':', '-')}`)
  return null
}

/** Nothing is sealed under a key before its file is on disk and was opened again. */
async function make(storage: SafeStorage, path: string): Promise<ServiceKey> {
  const key = randomBytes(32).toString('base64url')
  writeDurably(path, await storage.encryptStringAsync(key))
  const { result } = await storage.decryptStringAsync(readFileSync(path))
  return result === key ? { kind: 'key', key } : none('the system opened something else than it had sealed')
}

function isKey(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}

function none(why: string): ServiceKey {
  return { kind: 'none', why }
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

function writeDurably(path: string, bytes: Buffer) {
  writeFileSync(`${path}.part`, bytes, { mode: 0o600, flush: true })
  renameSync(`${path}.part`, path)
  // Windows cannot open a folder, and needs no such call.
  if (process.platform === 'win32') return
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
}
