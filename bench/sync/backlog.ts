import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { addEnrolment, addSite } from '../../platform/admin.ts'
import { connect, done } from '../../platform/ask.ts'
import { readCredential } from '../../service/credentials/index.ts'
import { noTrust } from '../../service/credentials/trust.ts'
import { toPersonal } from '../../service/personal.ts'
import { writeEnrolment } from '../../service/secrets.ts'
import { databaseFile, openForWriting } from '../../service/store/database.ts'
import { Store } from '../../service/store/index.ts'
import { VisitLog } from '../../service/store/visits.ts'
import { PlatformClient } from '../../sync/client.ts'
import { PlatformClock } from '../../sync/clock.ts'
import { type Enrolment, enrol } from '../../sync/enrolment.ts'
import { parseEnrolmentCode } from '../../sync/enrolment-code.ts'
import { fetchPolicy } from '../../sync/policy.ts'
import { cccdOf } from '../../test/support/people.ts'
import { madeDraft, subjectOf } from '../../test/support/visits.ts'

const group = 1000
/** Visitors that come again and again. */
const regulars = 20_000
/** Mean of the boxes that citizen cards make. */
const sealedBytes = 345

/** A data folder with visits by the store itself, which nobody was told of; a sealed box is noise of the same length. */
export async function fill(dir: string, count: number): Promise<void> {
  mkdirSync(dir)
  const opened = openForWriting(databaseFile(dir))
  if (opened.kind !== 'open') throw new Error(opened.why)
  opened.db.pragma('synchronous = OFF')
  const visits = new VisitLog(opened.db)
  for (let from = 0; from < count; from += group) {
    const people = Array.from({ length: Math.min(group, count - from) }, (_, n) => (from + n) % regulars)
    await Promise.all(people.map((person) => visits.append(() => ({ draft: draftOf(person), person: null }))))
  }
  opened.db.close()
}

function draftOf(person: number) {
  const credential = readCredential(Buffer.from(cccdOf(person)), { trust: noTrust, now: new Date() })
  const sealed = randomBytes(sealedBytes).toString('base64url')
  return {
    ...madeDraft(person),
    at: new Date().toISOString(),
    personal: { ...toPersonal(credential, null), subject: subjectOf(person), sealed },
  }
}

/** Makes the folder that of a gate which met its platform once, has its policy, and reaches it through `url`. */
export async function enrolFolder(dir: string, platform: Readonly<Record<string, string>>, url: string): Promise<void> {
  const enrolment = { ...(await enrolled(platform)), url }
  const client = new PlatformClient(enrolment, new PlatformClock())
  const fetched = await fetchPolicy(client, enrolment.signingKey, 0)
  client.close()
  if (fetched.kind !== 'new') throw new Error(`expected a policy, got ${fetched.kind}`)
  const store = Store.open(dir, 'write')
  if (typeof store === 'string') throw new Error(store)
  store.exchange.keepPolicy(fetched.policy.version, fetched.jws)
  store.close()
  writeEnrolment(dir, enrolment)
}

async function enrolled(platform: Readonly<Record<string, string>>): Promise<Enrolment> {
  const operator = await connect(platform)
  try {
    const site = await done(operator, addSite, { name: 'Chợ Mẫu', kind: 'market' })
    const { code: text } = await done(operator, addEnrolment, { site: site.id })
    const code = parseEnrolmentCode(text)
    if (typeof code === 'string') throw new Error(code)
    const result = await enrol(code, { name: 'Cổng A', software: { name: 'gate-kiosk', version: '0.0.0' } })
    if (result.kind === 'refused') throw new Error(result.why)
    return result.enrolment
  } finally {
    await operator.close()
  }
}
