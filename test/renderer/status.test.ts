import { expect, test } from 'vitest'
import type { SyncState } from '../../contract/state.ts'
import { statuses } from '../../renderer/status.ts'
import { laneOf, stateOf } from './fixtures.ts'

const idle = { kind: 'idle' } as const
const sync = (state: SyncState) => statuses(stateOf(idle, { sync: state }))[0]

test('A gate in good order says so and nothing else', () => {
  expect(statuses(stateOf(idle)).map(({ tone, text }) => [tone, text.vi])).toEqual([
    ['good', 'Trực tuyến'],
    ['good', 'Đầu đọc 1/1'],
  ])
})

test('An offline gate says how many visits wait and when it last heard the platform', () => {
  expect(sync({ kind: 'offline', waiting: 12, since: null })?.text).toEqual({
    vi: 'Ngoại tuyến, 12 lượt chờ gửi',
    en: 'Offline, 12 waiting',
  })
  expect(sync({ kind: 'offline', waiting: 12, since: '2026-11-21T01:00:00Z' })?.text.vi).toBe(
    'Ngoại tuyến, 12 lượt chờ gửi (liên lạc cuối 08:00 21/11/2026)',
  )
})

test('Nothing waiting is not worth a number', () => {
  expect(sync({ kind: 'offline', waiting: 0, since: null })?.text.vi).toBe('Ngoại tuyến')
  expect(sync({ kind: 'not-enrolled', waiting: 0 })?.text.vi).toBe('Chưa đăng ký')
})

test('A gate that nobody enrolled says so and counts what waits', () => {
  expect(sync({ kind: 'not-enrolled', waiting: 3 })?.text.vi).toBe('Chưa đăng ký, 3 lượt chờ gửi')
})

test('A revoked gate and a fork call for a person', () => {
  expect(sync({ kind: 'revoked', waiting: 1 })?.tone).toBe('alarm')
  expect(sync({ kind: 'fork', waiting: 1, seq: 17 })).toMatchObject({
    tone: 'alarm',
    text: { en: 'Alarm: visits differ from the platform at number 17, 1 waiting. Call support' },
  })
})

test('A policy that ran out says since when, in the time of the site', () => {
  const policy = statuses(stateOf(idle, { policyExpired: '2026-11-19T17:00:00Z' }))[1]
  expect(policy).toEqual({
    name: 'policy',
    tone: 'alarm',
    text: { vi: 'Chính sách hết hạn từ 00:00 20/11/2026', en: 'Policy expired since 00:00 20/11/2026' },
  })
})

test('A damaged database that was set aside calls for a person', () => {
  expect(statuses(stateOf(idle)).some(({ name }) => name === 'store')).toBe(false)
  expect(statuses(stateOf(idle, { damaged: true }))[1]).toMatchObject({
    name: 'store',
    tone: 'alarm',
    text: { en: 'A damaged database was set aside. Call support' },
  })
})

test('Outputs are named when one of them is not open, as an alarm', () => {
  const output = (id: string, kind: 'open' | 'absent') => ({ id, driver: 'lcus', state: { kind } })
  const names = (kind: 'open' | 'absent') => {
    const lane = { ...laneOf(idle), outputs: [output('relay', 'open'), output('lamp', kind)] }
    return statuses(stateOf(idle, { lanes: [lane] })).filter(({ name }) => name === 'outputs')
  }
  expect(names('open')).toEqual([])
  expect(names('absent')).toMatchObject([{ tone: 'alarm', text: { en: 'Relays and lamps 1/2' } }])
})

test('Sound is not counted with relays and lamps, and says what it waits for when it is not heard', () => {
  const sound = (kind: 'open' | 'absent') => [{ id: 'sound', driver: 'sound', state: { kind }, volume: 1 }]
  const said = (kind: 'open' | 'absent') =>
    statuses(stateOf(idle, { lanes: [{ ...laneOf(idle), outputs: sound(kind) }] })).slice(2)
  expect(said('open')).toEqual([])
  expect(said('absent')).toMatchObject([{ name: 'sound', tone: 'quiet', text: { en: 'No sound: touch the screen' } }])
})

test('Readers are counted over all lanes, and none open is an alarm', () => {
  const broken = { ...laneOf(idle), id: 'b' }
  broken.readers = [{ id: 'r2', driver: 'serial', state: { kind: 'failed', why: 'expected a port that opens' } }]
  const readers = (lanes: (typeof broken)[]) => statuses(stateOf(idle, { lanes })).at(-1)
  expect(readers([laneOf(idle), broken])).toMatchObject({ tone: 'quiet', text: { en: 'Readers 1/2' } })
  expect(readers([broken])).toMatchObject({ tone: 'alarm', text: { en: 'Readers 0/1' } })
  expect(readers([{ ...broken, readers: [] }])).toMatchObject({ tone: 'alarm', text: { en: 'No reader' } })
})
