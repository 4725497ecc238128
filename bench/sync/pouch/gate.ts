import { once } from 'node:events'
import { Store } from '../../../service/store/index.ts'
import { maxBatchVisits } from '../../../sync/protocol.ts'
import { durablePouch } from './pouch.ts'

/** Takes the visits of folder `filled` into a PouchDB below `prefix`, says so, and when told replicates them. */
const [dir = '', prefix = '', filled = '', remote = ''] = process.argv.slice(2)
const store = Store.open(filled, 'read')
if (typeof store === 'string') throw new Error(store)
const PouchDB = durablePouch(dir, prefix)
const visits = new PouchDB('visits')
for (let first = 1; first <= store.visits.last(); first += maxBatchVisits) {
  const docs = store.visits.read(first, maxBatchVisits)
  const kept = await visits.bulkDocs(docs.map((visit) => ({ ...visit, _id: String(visit.seq).padStart(12, '0') })))
  if (kept.some(({ ok }) => ok !== true)) throw new Error(`a document from ${first} on was refused`)
}
store.close()

process.send?.({ filled: true })
// The probe is spoken to on the same channel.
while ((await once(process, 'message'))[0] !== 'replicate');
const began = performance.now()
const { docs_written: docs, doc_write_failures: failures } = await visits.replicate.to(remote, {
  batch_size: maxBatchVisits,
})
const seconds = (performance.now() - began) / 1000
await visits.close()
process.send?.({ docs, failures, seconds })
