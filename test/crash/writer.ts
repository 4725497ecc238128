import { writeSync } from 'node:fs'
import { databaseFile, openForWriting } from '../../service/store/database.ts'
import { Store } from '../../service/store/index.ts'
import { recover } from '../../service/store/recover.ts'
import { Random } from '../fuzz/random.ts'
import { madeDraft } from '../support/visits.ts'

/**
 * `node writer.ts FOLDER KIND GROUPS SEED`: stores visits of several lanes, now and then as acknowledged by the platform, and
 * prints `ACK LOG SEQ HASH` where it would show green. `large` visits fill segments of the journal. `journal`: the database
 * does not wait for the disk, and the journal alone keeps what was shown. `unsafe` is the control: not even the journal.
 */
const [dir = '', kind = '', groups = '', seed = ''] = process.argv.slice(2)
const random = new Random(Number(seed))
const opened = kind === 'unsafe' ? openForWriting(databaseFile(dir)) : recover(dir)
if (opened.kind !== 'open') throw new Error(opened.why)
if (kind === 'unsafe' || kind === 'journal') opened.db.pragma('synchronous = NORMAL')
const store = new Store({ ...opened, dir })
const { visits } = store
const outbox = store.outbox((error) => {
  throw error
})
const sealed = 'x'.repeat(kind === 'large' ? 100_000 : 1500)

for (let group = 0, person = 0; group < Number(groups); group++) {
  const lanes = Array.from({ length: 1 + random.below(4) }, () => person++)
  const stored = await Promise.all(
    lanes.map((n) => visits.append(() => ({ draft: madeDraft(n, sealed), person: null }))),
  )
  for (const { seq, hash } of stored) writeSync(1, `ACK ${outbox.log} ${seq} ${hash}\n`)
  const acked = visits.last() - random.below(4)
  if (kind !== 'journal' && acked > 0 && random.below(5) === 0) outbox.acknowledge(acked, [])
}
