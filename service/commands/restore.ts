import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from '../atomic-file.ts'
import { readEnrolment } from '../secrets.ts'
import { type Backup, openBackup } from '../store/backup.ts'
import { isStorageFault } from '../store/fault.ts'
import { Store } from '../store/index.ts'
import { keepLog } from '../store/kept.ts'
import { lockFolder } from '../store/lock.ts'
import { dataFolder, UsageError } from './data-folder.ts'
import { failed } from './failed.ts'

/**
 * `gate-kiosk restore`: brings what a backup still owes to the platform into a folder without a running service, and makes
 * a new folder the gate that was backed up. New visits begin a new log, so that no number is used twice.
 */
export function restoreBackup(options: { data?: string }, files: string[]): number {
  const dir = dataFolder(options)
  const [file, ...more] = files
  if (file === undefined || more.length > 0) throw new UsageError('expected one file')
  process.umask(0o077)
  const backup = openBackup(file)
  if (typeof backup === 'string') return failed(backup)
  try {
    return restoreLocked(dir, backup)
  } catch (error) {
    if (!isStorageFault(error)) throw error
    return failed(`the backup was not restored: ${error.message}`)
  } finally {
    backup.close()
  }
}

function restoreLocked(dir: string, backup: Backup): number {
  const lock = lockFolder(dir)
  if (lock.kind === 'taken') return failed(`a service works with ${dir}: stop it first`)
  if (lock.kind === 'refused') return failed(lock.why)
  try {
    const why = obstacle(dir, backup)
    if (why !== null) return failed(why)
    const done = [...backup.logs.map((log) => keepLog(dir, log)), ...bringFiles(dir, backup)]
    const begun = bringPolicy(dir, backup)
    if (begun !== null) return failed(begun)
    process.stdout.write(`${done.join('\n')}\n`)
    return 0
  } finally {
    lock.release()
  }
}

/** Why this backup cannot be brought into this folder. */
function obstacle(dir: string, { logs }: Backup): string | null {
  const [{ id, device }] = logs
  const enrolled = readEnrolment(dir)
  if (enrolled.kind === 'damaged') return enrolled.why
  if (enrolled.kind === 'enrolled' && device !== null && device !== enrolled.enrolment.deviceId)
    return `the backup is of ${device}, and the gate in ${dir} is ${enrolled.enrolment.deviceId}: use an empty folder`
  if (!Store.exists(dir)) return null
  const store = Store.open(dir, 'read')
  if (typeof store === 'string') return `${store}: start the service once, or use an empty folder`
  const [own, last] = [store.exchange.log().id, store.visits.last()]
  store.close()
  return own === id ? `${dir} is the folder that the backup was made of, with ${last} visits: nothing is missing` : null
}

/** What the folder has of its own stays. */
function bringFiles(dir: string, { files }: Backup): string[] {
  const missing = files.filter(({ name }) => !existsSync(join(dir, name)))
  for (const { name, content } of missing) writeAtomically(join(dir, name), content)
  return missing.map(({ name }) => `${name} restored`)
}

/** Begins the new log; without a network the gate goes on under the policy that it had. */
function bringPolicy(dir: string, { policy }: Backup): string | null {
  const store = Store.open(dir, 'write')
  if (typeof store === 'string') return store
  if (policy !== undefined && store.exchange.policy() === undefined) {
    store.exchange.keepPolicy(policy.version, policy.jws)
  }
  store.close()
  return null
}
