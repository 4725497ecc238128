import { pino } from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { revokeDevice } from '../platform/revoke.ts'
import { openVault } from '../service/custody.ts'
import { enrolFolder } from '../service/enrolment.ts'
import { keptSite } from '../service/kept-site.ts'
import { PlatformLink } from '../service/platform-link.ts'
import { Lists } from '../service/store/lists.ts'
import { PlatformClock } from '../sync/clock.ts'
import { run } from './platform/engine.ts'
import { revokeIds } from './platform/revocations.ts'
import { siteOfTests } from './platform/site.ts'
import { append, draftOf, openStore } from './service/store/drafts.ts'
import { tempFolder } from './support/folder.ts'

const { platform, site, query, newCode } = siteOfTests()

/** The link of a gate in this folder, at work until it is stopped. */
async function startLink(dir: string, store = openStore(dir), logged: (line: string) => void = () => {}) {
  const clock = new PlatformClock()
  const link = new PlatformLink({
    dir,
    store,
    clock,
    log: pino({}, { write: logged }),
    vault: openVault(),
    subjectKey: new Uint8Array(32),
    health: () => ({
      at: clock.now().toISOString(),
      software: { name: 'test', version: '1.0.0' },
      policyVersion: link.site.policyVersion,
      queue: { waiting: 0, oldest: null, refused: 0 },
      readers: [],
      disk: { freeBytes: 1 },
      clock: clock.stamp(),
      uptimeMs: 1,
    }),
    changed: () => {},
    told: () => {},
    cannotStore: () => {},
  })
  await link.start()
  onTestFinished(() => link.stop())
  const revoked = (id: string | undefined) => link.site.rules.revoked.cti.has(id ?? '')
  return { link, revoked, version: () => link.site.policyVersion }
}

describe('the gate at work', () => {
  it('never lets a revoked code through while a short list becomes a long one, over its restarts', async () => {
    const dir = tempFolder()
    expect((await enrolFolder(dir, null, await newCode(), 'Cổng A')).kind).toBe('enrolled')
    const short = await revokeIds(platform(), site(), 900)
    const first = await startLink(dir)
    await vi.waitFor(() => expect(first.revoked(short[0])).toBe(true), 20_000)
    await first.link.stop()

    const long = await revokeIds(platform(), site(), 12_000)
    const second = await startLink(dir)
    expect(second.revoked(short[0])).toBe(true)
    await vi.waitFor(() => {
      expect(second.revoked(short[0])).toBe(true)
      expect(second.revoked(long.at(-1))).toBe(true)
    }, 20_000)
    expect(long.every(second.revoked)).toBe(true)
    const kept = await keptSite(dir)
    if (typeof kept === 'string') throw new Error(kept)
    expect([kept.rules.revoked.cti.has(long[0] ?? ''), kept.rules.revoked.cti.has('AAAAAAAAAAA')]).toEqual([
      true,
      false,
    ])
    await second.link.stop()

    const third = await startLink(dir)
    expect([third.revoked(long[0]), third.version()]).toEqual([true, second.version()])
  })

  it('sends its visits while a long list is on its way', async () => {
    const dir = tempFolder()
    expect((await enrolFolder(dir, null, await newCode(), 'Cổng A')).kind).toBe('enrolled')
    await revokeIds(platform(), site(), 25_000)
    const store = openStore(dir)
    await append(store, draftOf(1))
    const waiting: number[] = []
    const { link } = await startLink(dir, store, (line) => {
      if (line.includes('of the list revoked is in force')) waiting.push(link.state.waiting)
    })
    await vi.waitFor(() => expect(waiting).toEqual([0]), 20_000)
  })

  it('tells its platform of a list that comes to nothing, and stays online', async () => {
    const dir = tempFolder()
    expect((await enrolFolder(dir, null, await newCode(), 'Cổng A')).kind).toBe('enrolled')
    await revokeIds(platform(), site(), 2000)
    await query('update list set digest = $2 where site = $1', 'A'.repeat(43))
    const { link } = await startLink(dir)
    await vi.waitFor(async () => {
      const [device] = await query(
        `select health ->> 'policyRefused' as why from device where gate in (select id from gate where site = $1)`,
      )
      expect(device).toEqual({ why: expect.stringContaining(`expected ${'A'.repeat(43)}`) })
    }, 20_000)
    expect(link.state).toEqual({ kind: 'online', waiting: 0 })
  })

  it('drops its lists when the platform wants all that it holds dropped', async () => {
    const dir = tempFolder()
    const enrolled = await enrolFolder(dir, null, await newCode(), 'Cổng A')
    if (enrolled.kind === 'refused') throw new Error(enrolled.why)
    const [id] = await revokeIds(platform(), site(), 2000)
    const first = await startLink(dir)
    await vi.waitFor(() => expect(first.revoked(id)).toBe(true), 20_000)
    await first.link.stop()
    await run(platform(), revokeDevice, { device: enrolled.enrolment.deviceId, purge: true })
    const second = await startLink(dir)
    await vi.waitFor(() => expect(second.version()).toBe(0), 20_000)
    expect(new Lists(dir, 'read', () => {}).has('revoked', id ?? '')).toBe(false)
  })
})
