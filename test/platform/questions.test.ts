import { createHash, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addEnrolment, type Platform } from '../../platform/admin.ts'
import { devices } from '../../platform/devices.ts'
import { live } from '../../platform/live.ts'
import { statistics } from '../../platform/statistics.ts'
import { trace } from '../../platform/trace.ts'
import { documentId, insuranceId, Person } from '../../service/credentials/person.ts'
import type { Policy } from '../../sync/protocol.ts'
import { bytes, call, type Device, enrolDevice, getPolicy, openPolicy, upload } from './client.ts'
import { engines, makeSite, run, startEngine } from './engine.ts'
import { told, visitLog } from './visits.ts'

/** Subjects of invented people. */
const [an, binh, chi] = ['an', 'binh', 'chi'].map((name) => createHash('sha256').update(name).digest('base64url'))
const day = '2026-11-20'
const [from, to] = ['2026-11-20', '2026-11-20']

describe.each(engines)('the operator’s questions on %s', (kind) => {
  let base: string
  let platform: Platform
  let site: string
  let gate: Gate
  let stop: () => Promise<void>

  type Gate = { device: Device; id: string; policy: Policy }

  beforeAll(async () => {
    ;({ base, platform, stop } = await startEngine(kind))
  }, 60_000)
  afterAll(() => stop())
  beforeEach(async () => {
    site = await makeSite(platform)
    gate = await newGate('Cổng A', 'Sảnh')
  })

  async function newGate(name: string, area: string): Promise<Gate> {
    const { code } = await run(platform, addEnrolment, { site, gate: name, area })
    const device = await enrolDevice(base, code)
    const policy = await openPolicy(device, await getPolicy(device))
    return { device, id: policy.gate.id, policy }
  }

  type Passed = Record<string, unknown> & { at: string }
  /** The visits of one log, at times of the same day. Gives their ids. */
  async function visited({ device, id }: Gate, ...passed: Passed[]): Promise<string[]> {
    const ids = passed.map(() => randomUUID())
    const visits = visitLog(passed.length, ({ seq }) => {
      const { at = '', ...members } = passed[Number(seq) - 1] ?? {}
      return { gate: id, id: ids[Number(seq) - 1], at: `${day}T${at}:00.000+07:00`, ...members }
    })
    const answer = await upload(device, randomUUID(), visits)
    expect([answer.status, await answer.json()]).toMatchObject([200, { rejected: [] }])
    return ids
  }
  const of = (subject: string | undefined, name: string) => told(subject ?? null, { name })
  const way = (direction: 'in' | 'out') => ({ direction })
  const at = (time: string) => `${new Date(`${day}T${time}:00+07:00`).toISOString()}`

  describe('trace', () => {
    test('tells a person’s stays and who was in the same area at the same time', async () => {
      await visited(
        gate,
        { at: '08:00', ...of(an, 'Lê ***') },
        { at: '08:30', ...of(binh, 'Võ ***') },
        { at: '09:00', ...way('out'), ...of(an, 'Lê ***') },
        { at: '09:10', ...of(chi, 'Bùi ***') },
        { at: '09:40', ...way('out'), ...of(binh, 'Võ ***') },
        { at: '14:00', ...of(an, 'Lê ***') },
        { at: '14:05', ...way('out'), ...of(an, 'Lê ***') },
      )
      const found = await run(platform, trace, { site, subject: an, from, to })
      const here = { area: 'Sảnh', gate: 'Cổng A' }
      expect(found).toEqual({
        subject: an,
        stays: [
          { ...here, in: at('08:00'), out: at('09:00') },
          { ...here, in: at('14:00'), out: at('14:05') },
        ],
        contacts: [
          { ...here, in: at('08:30'), out: at('09:40'), subject: binh, masked: { name: 'Võ ***' }, seconds: 1800 },
          { ...here, in: at('09:10'), out: null, subject: chi, masked: { name: 'Bùi ***' }, seconds: 300 },
        ],
        complete: true,
      })
    })

    test('keeps areas apart, and pairs an entry with the exit at another gate of the area', async () => {
      const [back, yard] = [await newGate('Cổng sau', 'Sảnh'), await newGate('Cổng sân', 'Sân')]
      await visited(gate, { at: '08:00', ...of(an, '') })
      await visited(yard, { at: '08:00', ...of(chi, '') }, { at: '08:20', ...way('out'), ...of(an, '') })
      await visited(back, { at: '09:00', ...way('out'), ...of(an, '') }, { at: '08:30', ...of(binh, '') })
      const { stays, contacts } = await run(platform, trace, { site, subject: an, from, to })
      expect(stays).toEqual([{ area: 'Sảnh', gate: 'Cổng A', in: at('08:00'), out: at('09:00') }])
      expect(contacts.map(({ subject, gate }) => [subject, gate])).toEqual([[binh, 'Cổng sau']])
    })

    test('ends a stay at closing time, at the next entry, or after 12 hours', async () => {
      const [first] = await visited(gate, { at: '06:00', ...of(an, '') })
      await visited(gate, { at: '10:00', ...way('out'), outcome: 'closed', refers: first, ...told(null) })
      const found = await run(platform, trace, { site, area: 'Sảnh', from: `${day}T09:00:00+07:00`, to })
      expect(found.contacts.map(({ subject, out, seconds }) => [subject, out, seconds])).toEqual([
        [an, at('10:00'), 3600],
      ])
      await visited(
        gate,
        { at: '06:20', ...of(binh, '') },
        { at: '06:30', ...of(binh, '') },
        { at: '07:00', ...of(chi, '') },
      )
      const later = await run(platform, trace, { site, area: 'Sảnh', from: `${day}T18:15:00+07:00`, to })
      expect(later.contacts.map(({ subject, seconds }) => [subject, seconds])).toEqual([
        [binh, 900],
        [chi, 2700],
      ])
    })

    test('counts nobody who was annulled, denied, repeated or invented', async () => {
      const [annulled] = await visited(gate, { at: '08:00', ...of(binh, '') })
      await visited(
        gate,
        { at: '08:01', outcome: 'annulled', refers: annulled },
        { at: '08:02', outcome: 'denied', reason: 'expired', ...of(chi, '') },
        { at: '08:03', outcome: 'warned', reason: 'repeated', refers: randomUUID(), ...of(chi, '') },
        { at: '08:04', simulated: true, ...of(chi, '') },
        { at: '08:05', ...of(an, '') },
      )
      const { contacts } = await run(platform, trace, { site, area: 'Sảnh', from, to })
      expect(contacts.map(({ subject }) => subject)).toEqual([an])
    })

    test('knows a person by the number of a document as the gate does', async () => {
      const person = new Person([documentId('001090000001') ?? '', insuranceId('HN2010123456789') ?? ''], {})
      const [document, insurance] = person.subjects(Buffer.from(gate.policy.subjectKey, 'base64url'))
      await visited(gate, { at: '08:00', ...of(document, '') }, { at: '09:00', ...of(insurance, '') })
      const asked = { site, from, to }
      const byDocument = await run(platform, trace, { ...asked, document: '001090000001' })
      expect([byDocument.subject, byDocument.stays.length]).toEqual([document, 1])
      for (const number of ['HN2010123456789', '0123456789']) {
        expect((await run(platform, trace, { ...asked, insurance: number })).subject).toBe(insurance)
      }
      const anyNumber = fc.stringMatching(/^(?:[0-9]{9}|[0-9]{12}|[0-9A-Z]{1,20})$/)
      await fc.assert(
        fc.asyncProperty(anyNumber, async (number) => {
          const keyed = new Person([documentId(number) ?? ''], {}).subjects(
            Buffer.from(gate.policy.subjectKey, 'base64url'),
          )
          expect((await run(platform, trace, { ...asked, document: number })).subject).toBe(keyed[0])
        }),
        { numRuns: 10 },
      )
    })

    test('of all time is answered', async () => {
      const always = { from: '0000-01-01', to: '9999-12-31T23:59:59-23:59' }
      await visited(gate, { at: '08:00', ...of(an, '') })
      expect((await run(platform, trace, { site, subject: an, ...always })).stays).toHaveLength(1)
    })

    test('says that it is not complete where somebody came more than 100 times', async () => {
      const times = Array.from(
        { length: 101 },
        (_, n) => `${String(8 + Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`,
      )
      await visited(gate, ...times.map((at) => ({ at, ...of(an, '') })))
      const { stays, complete } = await run(platform, trace, { site, subject: an, from, to })
      expect([stays.length, complete]).toEqual([100, false])
    })

    test('finds nothing of another site', async () => {
      await visited(gate, { at: '08:00', ...of(an, '') })
      const other = await makeSite(platform)
      expect(await run(platform, trace, { site: other, subject: an, from, to })).toMatchObject({
        stays: [],
        contacts: [],
      })
    })
  })

  describe('statistics', () => {
    const count = (value: string, admitted: number, warned: number, denied: number, people: number) => {
      return { value, admitted, warned, denied, people }
    }

    test('count readings by hour in Vietnam, gate, direction, kind and locality, and people once', async () => {
      const north = told(an ?? null, { address: '***, Hà Nội' })
      const [, wrong] = await visited(
        gate,
        { at: '08:00', ...north },
        { at: '08:10', ...of(chi, '') },
        { at: '08:30', ...way('out'), ...north },
        { at: '09:00', outcome: 'warned', reason: 'check-by-hand', credential: { kind: 'cccd', verified: false } },
        { at: '09:01', outcome: 'denied', reason: 'expired', ...north },
        { at: '09:02', simulated: true, ...north },
      )
      await visited(gate, { at: '09:30', outcome: 'annulled', refers: wrong })
      const by = (by: 'hour' | 'gate' | 'direction' | 'kind' | 'locality') =>
        run(platform, statistics, { site, by, from, to })
      expect(await by('hour')).toEqual([count(`${day}T08:00`, 2, 0, 0, 1), count(`${day}T09:00`, 0, 1, 1, 1)])
      expect(await by('gate')).toEqual([count('Cổng A', 2, 1, 1, 2)])
      expect(await by('direction')).toEqual([count('in', 1, 1, 1, 2), count('out', 1, 0, 0, 1)])
      expect(await by('kind')).toEqual([count('cccd', 0, 1, 0, 1), count('signed', 2, 0, 1, 1)])
      expect(await by('locality')).toEqual([count('', 0, 1, 0, 1), count('Hà Nội', 2, 0, 1, 1)])
    })
  })

  describe('live', () => {
    test('shows the newest visits first, masked, and no clock that is ahead on top', async () => {
      await visited(
        gate,
        { at: '08:00', ...of(an, 'Lê ***') },
        { at: '07:00', ...of(binh, 'Võ ***'), simulated: true },
        { at: '09:00', outcome: 'denied', reason: 'expired' },
      )
      const shown = await run(platform, live, { site })
      expect(
        shown.map(({ at, outcome, masked, simulated }) => [at.slice(11, 16), outcome, masked?.name, simulated]),
      ).toEqual([
        ['09:00', 'denied', 'Nguyễn Văn ***', false],
        ['08:00', 'admitted', 'Lê ***', false],
        ['07:00', 'admitted', 'Võ ***', true],
      ])
      expect(shown[1]).toMatchObject({ gate: 'Cổng A', area: 'Sảnh', kind: 'signed', verified: true })
      expect(JSON.stringify(shown)).not.toContain(an)
    })

    test('is of 100 visits at most, the clock of no gate being an hour ahead', async () => {
      const minute = (n: number) => `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`
      await visited(gate, ...Array.from({ length: 120 }, (_, n) => ({ at: minute(n) })))
      const visits = visitLog(1, () => ({ at: '2099-01-01T00:00:00Z' }))
      expect((await upload(gate.device, randomUUID(), visits)).status).toBe(200)
      const shown = await run(platform, live, { site })
      expect([shown.length, shown[0]?.at, shown.at(-1)?.at]).toEqual([
        ...[100, `${day}T01:59:00.000+07:00`, `${day}T00:20:00.000+07:00`],
      ])
    })
  })

  test('devices tells what each last said, and when', async () => {
    const health = {
      at: `${day}T08:00:00Z`,
      software: { name: 'gate-kiosk', version: '1.2.3' },
      policyVersion: 7,
      queue: { waiting: 42, oldest: null, refused: 0 },
      readers: [],
      disk: { freeBytes: 1 },
      clock: { source: 'platform', offsetMs: 0, boot: randomUUID(), upMs: 1 },
      uptimeMs: 1,
    }
    const silent = await newGate('Cổng B', '')
    const path = `/v1/devices/${gate.device.id}/health`
    expect((await call(gate.device, { method: 'POST', path, body: bytes(JSON.stringify(health)) })).status).toBe(204)
    const [first, second] = await run(platform, devices, { site })
    expect(first).toMatchObject({
      ...{ id: gate.device.id, gate: 'Cổng A', area: 'Sảnh', revokedAt: null, software: '1.2.3', waiting: 42 },
      ...{ policyVersion: 7, policyOffered: 1, seenAt: expect.any(String) },
    })
    expect(second).toMatchObject({ id: silent.device.id, seenAt: null, waiting: null, policyVersion: null })
    await visited(silent, { at: '08:00' })
    expect((await run(platform, devices, { site }))[1]?.seenAt).not.toBeNull()
  })

  test('years that no calendar knows block nothing', async () => {
    const times = [
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00+23:00',
      '9999-12-31T23:59:59-23:00',
      '2026-01-01T00:00:00+23:59',
    ]
    const visits = visitLog(times.length, ({ seq }) => ({ at: times[Number(seq) - 1] }))
    const answer = await upload(gate.device, randomUUID(), visits)
    expect([answer.status, await answer.json()]).toMatchObject([200, { acked: times.length, rejected: [] }])
  })
})
