import { type HandedOver, handOver } from '../../sync/hand-over.ts'
import { keptSite } from '../kept-site.ts'
import { readEnrolment } from '../secrets.ts'
import { Store } from '../store/index.ts'
import { type Content, writeNew } from './new-file.ts'

/** Writes what the platform lacks to a file for it. Null: done. A string says why not. */
export async function writeHandOver(dir: string, file: string): Promise<string | null> {
  const enrolled = readEnrolment(dir)
  if (enrolled.kind === 'damaged') return enrolled.why
  if (enrolled.kind === 'none') return `the gate in ${dir} has no platform yet, to which it could hand over`
  const site = await keptSite(dir)
  if (typeof site === 'string') return site
  const { sealTo } = site
  if (sealTo === null) return 'the gate has no policy with a key to seal to yet: it needs its platform once'
  const store = Store.open(dir, 'read')
  if (typeof store === 'string') return store
  const { deviceId } = enrolled.enrolment
  const bound = store.exchange.device() ?? deviceId
  if (bound !== deviceId) return `the visits in ${dir} belong to ${bound}, and the enrolment is of ${deviceId}`
  const logs = handedOver(store, deviceId)
  const why = await writeNew(file, whole(handOver(logs, enrolled.enrolment, sealTo, new Date())))
  store.close()
  return why
}

/** The kept logs first, as in the upload; one that another device began is not this one's to send. */
function handedOver(store: Store, device: string): HandedOver[] {
  const own = [...store.kept, store].filter(({ exchange }) => (exchange.device() ?? device) === device)
  return own.map(({ visits, exchange }) => ({
    log: exchange.log().id,
    acked: () => exchange.log().acked,
    last: () => visits.last(),
    read: (first: number, limit: number) => visits.read(first, limit),
  }))
}

async function* whole(lines: AsyncGenerator<string>): Content {
  yield* lines
  return null
}
