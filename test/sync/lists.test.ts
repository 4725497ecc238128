import { describe, expect, it, onTestFinished } from 'vitest'
import { mint } from '../../platform/mint.ts'
import { revokeCode } from '../../platform/revoke.ts'
import { Lists } from '../../service/store/lists.ts'
import { PlatformClient } from '../../sync/client.ts'
import { PlatformClock } from '../../sync/clock.ts'
import { type Enrolment, enrol } from '../../sync/enrolment.ts'
import { ListFetcher } from '../../sync/lists.ts'
import { fetchPolicy } from '../../sync/policy.ts'
import { ListRef } from '../../sync/protocol.ts'
import { run } from '../platform/engine.ts'
import { revokeIds } from '../platform/revocations.ts'
import { siteOfTests } from '../platform/site.ts'
import { tempFolder } from '../support/folder.ts'

const { platform, site, query, newCode } = siteOfTests()

/** Revokes a code of its own; gives its id. */
async function revokeOne(): Promise<string> {
  const { code } = await run(platform(), mint, { site: site(), opaque: true })
  return (await run(platform(), revokeCode, { site: site(), code })).revoked
}

/** A gate that fetches its lists step by step, at a time of its own. */
async function fetchingGate() {
  const enrolled = await enrol(await newCode(), { name: 'Cổng A', software: { name: 'test', version: '1.0.0' } })
  if (enrolled.kind === 'refused') throw new Error(enrolled.why)
  const { enrolment } = enrolled
  const reports: string[] = []
  const report = (what: string) => void reports.push(what)
  const lists = new Lists(tempFolder(), 'use', report)
  const client = new PlatformClient(enrolment, new PlatformClock())
  onTestFinished(() => {
    client.close()
    lists.close()
  })
  const clock = { ms: 0 }
  const fetcher = new ListFetcher({
    client,
    signingKey: enrolment.signingKey,
    pacing: { now: () => clock.ms },
    gate: { lists, report },
  })
  const refer = async () => {
    const ref = await referredBy(client, enrolment)
    lists.want([ref])
    return ref
  }
  /** Steps until nothing is due. */
  const catchUp = async () => {
    let steps = 0
    for (; fetcher.due <= clock.ms; steps++) expect((await fetcher.step()).kind).toBe('done')
    return steps
  }
  return { lists, fetcher, reports, clock, refer, catchUp, has: (id: string) => lists.has('revoked', id) }
}

async function referredBy(client: PlatformClient, { signingKey }: Enrolment): Promise<ListRef> {
  const fetched = await fetchPolicy(client, signingKey, 0)
  if (fetched.kind !== 'new') throw new Error(`expected a policy, got ${fetched.kind}`)
  return ListRef.parse(fetched.policy.revoked.cti)
}

describe('a gate', () => {
  it('fetches a long list in as many answers as it takes, and then what came and went', async () => {
    const ids = await revokeIds(platform(), site(), 25_000)
    const { lists, refer, catchUp, has } = await fetchingGate()
    const ref = await refer()
    expect(await catchUp()).toBe(3)
    expect(lists.held('revoked')).toEqual({ version: ref.version, digest: ref.digest })
    expect([ids.every(has), has('AAAAAAAAAAA')]).toEqual([true, false])
    const later = await revokeOne()
    const [gone = ''] = ids
    await query(`update revocation set expires_at = now() - interval '2 days' where site = $1 and cti = $2`, gone)
    await query(`update list set swept_at = now() - interval '2 hours' where site = $1`)
    await refer()
    expect(await catchUp()).toBe(1)
    expect([has(later), has(gone), ids.slice(1).every(has)]).toEqual([true, false, true])
  })

  it('takes what was revoked after the policy was signed', async () => {
    await revokeIds(platform(), site(), 2000)
    const { lists, refer, catchUp, has } = await fetchingGate()
    const ref = await refer()
    const later = await revokeOne()
    // The second answer tells that there is nothing after the first.
    expect(await catchUp()).toBe(2)
    expect([has(later), lists.held('revoked').version]).toEqual([true, ref.version + 1])
    await refer()
    expect(await catchUp()).toBe(0)
  })

  it('fetches the whole list when what changed does not lead to it', async () => {
    await revokeIds(platform(), site(), 2000)
    const { refer, catchUp, has, reports } = await fetchingGate()
    await refer()
    await catchUp()
    const [silent = '', told = ''] = [await revokeOne(), await revokeOne()]
    // As if the platform had forgotten when: the gate is not told.
    await query('update revocation set added = 1 where site = $1 and cti = $2', silent)
    await query('update list set digest = null where site = $1')
    await refer()
    expect(await catchUp()).toBe(2)
    expect([has(silent), has(told)]).toEqual([true, true])
    expect(reports).toEqual([expect.stringContaining('version 2000'), expect.stringContaining('version 2002')])
  })

  it('fetches the whole list from a platform that was restored from a backup', async () => {
    const ids = await revokeIds(platform(), site(), 2000)
    const { refer, catchUp, has, lists } = await fetchingGate()
    await refer()
    await catchUp()
    await query('delete from revocation where site = $1 and added > 1500')
    await query('update list set version = 1500, size = 1500, digest = null where site = $1')
    await refer()
    expect(await catchUp()).toBe(1)
    expect([ids.slice(0, 1500).every(has), ids.slice(1500).some(has)]).toEqual([true, false])
    expect(lists.held('revoked').version).toBe(1500)
  })

  it('keeps the last good list while the platform tells a wrong one, and does not fetch it over and over', async () => {
    const [first = ''] = await revokeIds(platform(), site(), 2000)
    const { lists, fetcher, refer, catchUp, has, reports, clock } = await fetchingGate()
    await refer()
    await catchUp()
    const later = await revokeOne()
    await query('update list set digest = $2 where site = $1', 'A'.repeat(43))
    await refer()
    // The changes, then the whole list.
    expect(await catchUp()).toBe(2)
    expect([has(first), has(later), lists.held('revoked').version]).toEqual([true, false, 2000])
    expect(fetcher.why).toContain(`expected ${'A'.repeat(43)}`)
    expect(reports.at(-1)).toContain('the last good list revoked stays in force: ')
    expect(fetcher.due - clock.ms).toBe(3_600_000)
    clock.ms = fetcher.due
    await query('update list set digest = null where site = $1')
    await refer()
    await catchUp()
    expect([has(later), fetcher.why]).toEqual([true, null])
  })

  it('asks again in a minute for a list that the platform does not have, and fetches the other one', async () => {
    const [first = ''] = await revokeIds(platform(), site(), 2000)
    const { lists, fetcher, refer, has, clock } = await fetchingGate()
    const ref = await refer()
    lists.want([{ list: 'flags', version: 1, digest: 'A'.repeat(43) }, ref])
    expect(await fetcher.step()).toEqual({ kind: 'no-policy', why: 'the platform answered 404', waitMs: 0 })
    await fetcher.step()
    expect([has(first), fetcher.due - clock.ms, fetcher.why]).toEqual([true, 60_000, 'the platform answered 404'])
  })

  it('is told that it was revoked', async () => {
    await revokeIds(platform(), site(), 2000)
    const { fetcher, refer } = await fetchingGate()
    await refer()
    await query('update device set revoked_at = now() where gate in (select id from gate where site = $1)')
    expect(await fetcher.step()).toEqual({ kind: 'revoked', purge: false })
  })
})
