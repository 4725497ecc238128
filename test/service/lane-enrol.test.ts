import { describe, expect, it, vi } from 'vitest'
import type { LaneContext } from '../../service/lane.ts'
import type { EnrolResult } from '../../sync/enrolment.ts'
import { cccdOf } from '../support/people.ts'
import { fakeTime, makeLane, outcomes } from './make-lane.ts'

describe('an enrolment code at a lane', () => {
  const token = 'a-token-that-nobody-may-see'
  const code = `gate-enrol:?url=https%3A%2F%2Fplatform.example&token=${token}&key=${'A'.repeat(43)}`
  const joined: EnrolResult = {
    kind: 'enrolled',
    enrolment: {
      url: 'https://platform.example',
      audience: 'https://platform.example',
      deviceId: 'dev_1',
      signingKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) },
      privateKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), d: 'the private key' },
    },
  }

  it('shows that the gate joins, then how that ended, then nothing, and is no visit', async () => {
    fakeTime()
    const asked: unknown[] = []
    const { promise, resolve } = Promise.withResolvers<EnrolResult>()
    const { lane, read, store, lines } = makeLane({
      enrol: (...by) => {
        asked.push(by)
        return promise
      },
    })
    await read(`${code}\r\n`)
    expect(asked).toEqual([[{ url: 'https://platform.example', token, key: 'A'.repeat(43) }, 'Cổng 1']])
    expect(lane.state.screen).toEqual({ kind: 'setup', step: 'enrolling', why: '' })
    resolve(joined)
    await promise
    expect(lane.state.screen).toEqual({ kind: 'setup', step: 'enrolled', why: '' })
    vi.advanceTimersByTime(8000)
    expect(lane.state.screen).toEqual({ kind: 'idle' })
    expect(store.visits.last()).toBe(0)
    for (const secret of [token, 'the private key']) expect(lines.join('')).not.toContain(secret)
  })

  it('lets people pass while the platform takes its time, and says afterwards why it refused', async () => {
    fakeTime()
    const { promise, resolve } = Promise.withResolvers<EnrolResult>()
    const { lane, read, screens } = makeLane({ enrol: () => promise })
    await read(code)
    for (const n of [1, 2]) await read(cccdOf(n))
    expect(lane.state.screen).toMatchObject({ kind: 'verdict', verdict: { outcome: 'admitted', visit: { seq: 2 } } })
    resolve({ kind: 'refused', why: 'the code was used before' })
    await promise
    expect(lane.state.screen).toMatchObject({ kind: 'verdict', verdict: { visit: { seq: 2 } } })
    vi.advanceTimersByTime(1200)
    expect(lane.state.screen).toEqual({ kind: 'setup', step: 'refused', why: 'the code was used before' })
    expect(outcomes(screens)).toEqual(['idle', 'setup', 'admitted', 'admitted', 'setup'])
  })

  it('does not say for ever that the gate joins', async () => {
    fakeTime()
    const { lane, read } = makeLane({ enrol: () => new Promise(() => {}) })
    await read(code)
    vi.advanceTimersByTime(20_000)
    expect(lane.state.screen).toEqual({ kind: 'idle' })
  })

  it('leaves no timer and shows nothing more when the lane is stopped meanwhile', async () => {
    fakeTime()
    const { promise, resolve } = Promise.withResolvers<EnrolResult>()
    const { lane, read, screens } = makeLane({ enrol: () => promise })
    await read(code)
    await lane.stop()
    const shown = screens.length
    resolve(joined)
    await promise
    expect([screens.length, vi.getTimerCount()]).toEqual([shown, 0])
  })

  it('is a wrong code at a gate that has a platform, and its token is kept nowhere', async () => {
    const { lane, read, store, firstRow, lines } = makeLane()
    await read(code)
    expect(lane.state.screen).toMatchObject({
      verdict: {
        outcome: 'denied',
        reason: 'not-personal',
        credential: { kind: 'enrol', verified: false },
        masked: {},
      },
    })
    expect(store.visits.last()).toBe(1)
    expect(JSON.stringify([firstRow(), lane.state, lines])).not.toContain(token)
  })

  it('that is broken joins nothing, and its token is kept nowhere', async () => {
    const enrol = vi.fn<LaneContext['enrol']>(() => null)
    const { lane, read, firstRow, lines } = makeLane({ enrol })
    await read(code.replace('https', 'ftp'))
    expect(lane.state.screen).toMatchObject({
      verdict: { outcome: 'denied', reason: 'malformed', credential: { kind: 'enrol' } },
    })
    expect(enrol).not.toHaveBeenCalled()
    expect(JSON.stringify([firstRow(), lane.state, lines])).not.toContain(token)
  })
})
