import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Platform } from '../../platform/admin.ts'
import { writeEnrolment } from '../../service/secrets.ts'
import { Store } from '../../service/store/index.ts'
import { PlatformClient } from '../../sync/client.ts'
import { PlatformClock } from '../../sync/clock.ts'
import { type Enrolment, enrol } from '../../sync/enrolment.ts'
import { parseEnrolmentCode } from '../../sync/enrolment-code.ts'
import { fetchPolicy } from '../../sync/policy.ts'
import { makeCode, makeSite } from '../platform/engine.ts'
import { draftOf } from '../service/store/drafts.ts'
import { tempFolder } from './folder.ts'

export type OfflineGate = { readonly dir: string; readonly enrolment: Enrolment; readonly store: Store }

/** The data folder of a gate that met its platform once, took its policy, and let this many people in since. */
export async function offlineGate(platform: Platform, visits: number): Promise<OfflineGate> {
  const enrolment = await enrolled(await makeCode(platform, await makeSite(platform)))
  const client = new PlatformClient(enrolment, new PlatformClock())
  const fetched = await fetchPolicy(client, enrolment.signingKey, 0)
  client.close()
  if (fetched.kind !== 'new') throw new Error(`expected a policy, got ${fetched.kind}`)
  const dir = tempFolder()
  writeEnrolment(dir, enrolment)
  const store = openFolder(dir)
  store.exchange.claim(enrolment.deviceId)
  store.exchange.keepPolicy(fetched.policy.version, fetched.jws)
  await letIn(store, visits)
  return { dir, enrolment, store }
}

async function enrolled(code: string): Promise<Enrolment> {
  const parsed = parseEnrolmentCode(code)
  if (typeof parsed === 'string') throw new Error(parsed)
  const result = await enrol(parsed, { name: `Cổng ${randomUUID()}`, software: { name: 'test', version: '1' } })
  if (result.kind === 'refused') throw new Error(result.why)
  return result.enrolment
}

/** Opens a folder as its service does; it is closed after the test. */
export function openFolder(dir: string): Store {
  const store = Store.open(dir, 'write')
  if (typeof store === 'string') throw new Error(store)
  onTestFinished(() => store.close())
  return store
}

export async function letIn(store: Store, people: number): Promise<void> {
  await Promise.all(
    Array.from({ length: people }, (_, n) => store.visits.append(() => ({ draft: draftOf(n % 256), person: null }))),
  )
}

/** Path of a file that is not there yet. */
export function newFile(name: string): string {
  return join(tempFolder(), name)
}
