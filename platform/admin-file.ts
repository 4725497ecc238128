import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'

/** Where the running server is reached, and the key of its admin interface. Readable by its user alone. */
const AdminFile = z.object({ url: z.url(), key: z.string().min(1), pid: z.int() })
export type AdminFile = z.infer<typeof AdminFile>

export function adminFileIn(dir: string) {
  return path.join(dir, 'admin.json')
}

/** Written by the server that this user started last. */
export function lastAdminFile() {
  const { XDG_STATE_HOME, LOCALAPPDATA } = process.env
  const state =
    process.platform === 'win32'
      ? (LOCALAPPDATA ?? path.join(os.homedir(), 'AppData', 'Local'))
      : XDG_STATE_HOME || path.join(os.homedir(), '.local', 'state')
  return adminFileIn(path.join(state, 'gate-platform'))
}

export function writeAdminFile(file: string, content: AdminFile) {
  mkdirSync(path.dirname(file), { recursive: true })
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, JSON.stringify(content), { mode: 0o600 })
  renameSync(unfinished, file)
}

/** Null where there is none. */
export function readAdminFile(file: string): AdminFile | null {
  try {
    return AdminFile.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

/** Leaves the file of a server that was started later. */
export function removeAdminFile(file: string, key: string) {
  if (readAdminFile(file)?.key === key) rmSync(file, { force: true })
}
