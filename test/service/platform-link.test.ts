import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, vi } from 'vitest'
import { openVault } from '../../service/custody.ts'
import { PlatformLink } from '../../service/platform-link.ts'
import { PlatformClock } from '../../sync/clock.ts'
import { fakeTime } from './make-lane.ts'
import { filled } from './store/drafts.ts'

const code = { url: 'http://127.0.0.1:1', token: 'token', key: 'A'.repeat(43) }
const late = { kind: 'refused', why: 'start the gate anew and show the code within 15 minutes' }

/** The link of a gate that has no platform. */
function makeLink() {
  const { store, dir } = filled(0)
  const log = pino({ level: 'silent' })
  const health = () => {
    throw new Error('expected no exchange')
  }
  const link = new PlatformLink({
    dir,
    store,
    clock: new PlatformClock(),
    log,
    vault: openVault(),
    subjectKey: new Uint8Array(32),
    health,
    changed: () => {},
    told: () => {},
    cannotStore: () => {},
  })
  return { link, store, dir }
}

describe('a gate without a platform', () => {
  it('takes one by a code at its reader for 15 minutes after its start, and no longer', async () => {
    fakeTime()
    const { link, dir } = makeLink()
    // Answered before anything is sent.
    writeFileSync(join(dir, 'enrolment.json'), 'damaged')
    vi.advanceTimersByTime(15 * 60_000)
    expect(await link.enrol(code, 'Cổng A')).toMatchObject({
      why: expect.stringContaining('enrolment.json is damaged'),
    })
    vi.advanceTimersByTime(1)
    expect(await link.enrol(code, 'Cổng A')).toEqual(late)
  })

  it('tries one code at a time, and the next one after it', async () => {
    const { link } = makeLink()
    const first = link.enrol(code, 'Cổng A')
    expect(await link.enrol(code, 'Cổng A')).toEqual({ kind: 'refused', why: 'another code is being tried' })
    const unreachable = { kind: 'refused', why: expect.stringContaining('cannot be reached') }
    expect(await first).toEqual(unreachable)
    expect(await link.enrol(code, 'Cổng A')).toEqual(unreachable)
  })

  it('takes none for visits that belong to another device', async () => {
    const { link, store } = makeLink()
    store.exchange.claim('dev_1')
    expect(await link.enrol(code, 'Cổng A')).toMatchObject({ why: expect.stringContaining('belong to dev_1') })
  })
})
