import { toDccTrust } from '../credentials/dcc-trust.ts'
import { readEnrolment } from '../secrets.ts'
import { importTrust, type KeptTrust, readTrust } from '../trust-file.ts'
import { dataFolder, UsageError } from './data-folder.ts'
import { failed } from './failed.ts'

/** As many are enough to see what is wrong with a list. */
const maxNamed = 20

/**
 * `gate-kiosk trust`: puts a bundle of certificate keys, signed by the gate's platform, in force; without a file it tells
 * which one is. Entries that cannot be used are named and not counted. A service at work on the folder takes it over
 * within seconds.
 */
export async function trustKeys(options: { data?: string }, files: string[]): Promise<number> {
  const dir = dataFolder(options)
  const [file, ...more] = files
  if (more.length > 0) throw new UsageError('expected one file')
  const enrolled = readEnrolment(dir)
  if (enrolled.kind === 'damaged') return failed(enrolled.why)
  if (enrolled.kind === 'none') return failed(`the gate in ${dir} has no platform yet, whose signature would count`)
  const { signingKey } = enrolled.enrolment
  return told(file === undefined ? await readTrust(dir, signingKey) : await importTrust(dir, file, signingKey))
}

function told(trust: KeptTrust): number {
  switch (trust.kind) {
    case 'none':
      process.stdout.write('no bundle of certificate keys\n')
      return 0
    case 'good': {
      const { version, issuedAt, dcc } = trust.bundle
      const { faults } = toDccTrust(dcc)
      for (const fault of faults.slice(0, maxNamed)) process.stderr.write(`gate-kiosk: left out: ${fault}\n`)
      process.stdout.write(`${dcc.length - faults.length} certificate keys of ${issuedAt}, version ${version}\n`)
      return 0
    }
    case 'refused':
      return failed(trust.why)
  }
}
