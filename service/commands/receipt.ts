import { leaveReceipts, type ReceiptLog, readReceipts } from '../export/receipts.ts'
import { readEnrolment } from '../secrets.ts'
import { Store } from '../store/index.ts'
import { dataFolder, UsageError } from './data-folder.ts'
import { failed } from './failed.ts'

/** `gate-kiosk receipt`: takes what the platform answered to a hand-over file. */
export async function takeReceipt(options: { data?: string }, files: string[]): Promise<number> {
  const dir = dataFolder(options)
  const [file, ...more] = files
  if (file === undefined || more.length > 0) throw new UsageError('expected one file')
  const enrolled = readEnrolment(dir)
  if (enrolled.kind === 'damaged') return failed(enrolled.why)
  if (enrolled.kind === 'none') return failed(`the gate in ${dir} has no platform yet, whose receipt would count`)
  const store = Store.open(dir, 'read')
  if (typeof store === 'string') return failed(store)
  const read = await readReceipts(file, enrolled.enrolment, [...store.kept, store].map(logOf))
  store.close()
  if (read.kind === 'refused') return failed(`${file}: ${read.why}`)
  leaveReceipts(dir, file)
  for (const { acked, log } of read.receipts)
    process.stdout.write(`the platform holds the visits up to ${acked} of log ${log}\n`)
  process.stdout.write('the gate takes it over within seconds, or at its next start\n')
  return 0
}

function logOf({ visits, exchange }: Store): ReceiptLog {
  return { log: exchange.log().id, last: () => visits.last(), hashOf: (seq) => visits.hashOf(seq) }
}
