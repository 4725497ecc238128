import { writeBackup } from '../store/backup.ts'
import { dataFolder, UsageError } from './data-folder.ts'
import { failed } from './failed.ts'

/** `gate-kiosk backup`: everything that another machine needs to be this gate, in one file, also while the gate runs. */
export function backUp(options: { data?: string }, files: string[]): number {
  const dir = dataFolder(options)
  const [file, ...more] = files
  if (file === undefined || more.length > 0) throw new UsageError('expected one file')
  process.umask(0o077)
  const why = writeBackup(dir, file)
  if (why !== null) return failed(why)
  process.stdout.write(`${file}\n`)
  process.stderr.write(
    'gate-kiosk: the file holds the key of this gate and masked data of people: keep it like the gate itself, and have the platform revoke the gate if it is lost\n',
  )
  return 0
}
