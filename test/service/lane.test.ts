import { generateKeyPairSync } from 'node:crypto'
import type Database from 'better-sqlite3'
import { compactDecrypt } from 'jose'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type LaneSettings, Settings } from '../../contract/settings.ts'
import type { Screen } from '../../contract/state.ts'
import { Lane } from '../../service/lane.ts'
import { builtInSite, type Site } from '../../service/site.ts'
import { openForReading, openForWriting } from '../../service/store/database.ts'
import { Store } from '../../service/store/index.ts'
import { PlatformClock } from '../../sync/clock.ts'
import { SealingJwk, type Visit } from '../../sync/protocol.ts'
import { cccdExamples } from '../support/examples.ts'
import { tempFolder } from '../support/folder.ts'
import { makeIssuer } from '../support/issuer.ts'
import { cardOf, cccdOf } from '../support/people.ts'

type Parts = { direction?: LaneSettings['direction']; site?: Partial<Site> }

const readers = [
  { id: 'usb', driver: 'serial', path: '/dev/ttyACM0' },
  { id: 'demo', driver: 'simulator', codes: ['x'] },
]

/** A lane on a real store, everything that its screen showed, and everything that it logged. */
function makeLane({ direction = 'in', site = {} }: Parts = {}) {
  const dir = tempFolder()
  const opened = openForWriting(dir)
  if (opened.kind === 'refused') throw new Error(opened.why)
  const store = new Store(opened)
  onTestFinished(() => store.close())
  const settings = Settings.parse({ lanes: [{ id: 'lane-1', name: 'Cổng 1', direction, readers }] }).lanes[0]
  if (settings === undefined) throw new Error('expected one lane')
  const screens: Screen[] = []
  const stored: Visit[] = []
  const lines: string[] = []
  const lane = new Lane(settings, {
    visits: store.visits,
    clock: new PlatformClock(),
    log: pino({ base: null }, { write: (line: string) => void lines.push(line) }),
    site: () => ({ ...builtInSite(new Uint8Array(32)), ...site }),
    changed: (visit) => {
      screens.push(lane.state.screen)
      if (visit !== undefined) stored.push(visit)
    },
  })
  onTestFinished(() => lane.stop())
  lane.readerState('usb', { kind: 'open' })
  const read = (code: string, reader = 'usb') => lane.read(reader, Buffer.from(code))
  return { lane, read, store, db: opened.db, dir, screens, stored, lines }
}

const outcomes = (screens: readonly Screen[]) =>
  screens.map((screen) => (screen.kind === 'verdict' ? screen.verdict.outcome : screen.kind))

/** Fakes the time that the lane goes by. */
function fakeTime() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
  onTestFinished(() => void vi.useRealTimers())
}

function refuseWrites(db: Database.Database, refuse: boolean) {
  db.pragma(`query_only = ${refuse ? 1 : 0}`)
}

describe('a lane', () => {
  it('shows green only when the visit can be read from the disk', async () => {
    const { lane, read, dir } = makeLane()
    const reader = openForReading(dir)
    if (reader.kind === 'refused') throw new Error(reader.why)
    onTestFinished(() => void reader.db.close())
    const held = reader.db.prepare<[], { seq: number; hash: string }>('SELECT seq, hash FROM visits ORDER BY seq DESC')
    const seen: unknown[] = []
    for (let n = 1; n <= 10; n++) {
      expect(held.get()?.seq ?? 0).toBe(n - 1)
      await read(cccdOf(n))
      const { screen } = lane.state
      seen.push(screen.kind === 'verdict' && [screen.verdict.outcome, screen.verdict.visit.seq, held.get()?.seq])
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => ['admitted', i + 1, i + 1]))
  })

  it('says of a code what it stored of it', async () => {
    const { lane, read, store } = makeLane()
    await read(cccdExamples.card2021)
    const [visit] = store.visits.read(1, 1)
    expect(visit).toMatchObject({
      gate: '',
      lane: 'lane-1',
      reader: 'usb',
      direction: 'in',
      outcome: 'admitted',
      reason: '',
      method: 'reader',
      credential: { kind: 'cccd', verified: false },
      personal: { masked: { name: 'Nguyễn Văn ***', document: '******000001', birthYear: 1990 }, sealed: null },
      operator: null,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+07:00$/),
      clock: { source: 'system', offsetMs: 0 },
    })
    expect(visit).not.toHaveProperty('simulated')
    expect(lane.state.screen).toEqual({
      kind: 'verdict',
      verdict: {
        visit: { seq: 1, id: visit?.id },
        direction: 'in',
        outcome: 'admitted',
        reason: '',
        credential: { kind: 'cccd', verified: false },
        masked: { name: 'Nguyễn Văn ***', document: '******000001', birthYear: 1990 },
        at: visit?.at,
      },
    })
  })

  it('says that a code is verified only where a signature was proven', async () => {
    const issuer = makeIssuer()
    const seconds = Math.floor(Date.now() / 1000)
    const cti = new Uint8Array(8)
    const { read, store } = makeLane({ site: { issuers: [issuer.entry] } })
    await read(issuer.mint({ iat: seconds, exp: seconds + 60, cti }))
    await read(issuer.mint({ iat: seconds - 900, exp: seconds - 600, cti }))
    await read(makeIssuer().mint({ iat: seconds, exp: seconds + 60, cti }))
    const told = store.visits
      .read(1, 9)
      .map(({ outcome, reason, credential }) => [outcome, reason, credential.verified])
    expect(told).toEqual([
      ['admitted', '', true],
      ['denied', 'expired', true],
      ['denied', 'unknown-issuer', false],
    ])
  })

  it('stores what it denies, too', async () => {
    const { lane, read, store } = makeLane()
    await read('https://example.com/menu')
    expect(lane.state.screen).toMatchObject({ verdict: { outcome: 'denied', reason: 'unknown', masked: {} } })
    expect(store.visits.read(1, 1)[0]).toMatchObject({
      outcome: 'denied',
      credential: { kind: 'unknown', verified: false },
      personal: { subject: null, masked: {}, sealed: null },
    })
  })

  it('marks the visits of a simulated reader', async () => {
    const { read, store } = makeLane()
    await read(cccdOf(1), 'demo')
    expect(store.visits.read(1, 1)[0]).toMatchObject({ reader: 'demo', simulated: true })
  })

  it('answers a burst in the order in which it came', async () => {
    const { publicKey } = generateKeyPairSync('x25519')
    const sealTo = SealingJwk.parse(publicKey.export({ format: 'jwk' }))
    const { read, store, stored, lines } = makeLane({ site: { sealTo } })
    const people = Array.from({ length: 100 }, (_, n) => n)
    await Promise.all(people.map((n) => read(n % 7 === 0 ? `nonsense ${n}` : cccdOf(n))))
    const documents = people.map((n) => (n % 7 === 0 ? undefined : `******${cardOf(n).document.slice(6)}`))
    expect(store.visits.read(1, 500).map(({ personal }) => personal?.masked.document)).toEqual(documents)
    expect(stored.map(({ seq }) => seq)).toEqual(people.map((n) => n + 1))
    expect(store.verify()).toEqual({ kind: 'ok', visits: 100 })
    expect(lines.filter((line) => !line.includes('"msg":"reader"'))).toEqual([])
  })
})

describe('a code at a lane', () => {
  it('is one reading while it is held, at whichever reader', async () => {
    fakeTime()
    const { read, store } = makeLane()
    for (let i = 0; i < 20; i++) {
      await read(cccdOf(1), i % 2 === 0 ? 'usb' : 'demo')
      vi.advanceTimersByTime(500)
    }
    expect(store.visits.last()).toBe(1)
  })

  it('is a repeated visit when it is shown anew, and refers to the first one', async () => {
    fakeTime()
    const { read, store } = makeLane({ site: { rules: { ...builtInSite(new Uint8Array()).rules, repeatSeconds: 10 } } })
    for (let i = 0; i < 3; i++) {
      await read(cccdOf(1))
      vi.advanceTimersByTime(2500)
    }
    const [first, ...repeated] = store.visits.read(1, 9)
    expect(first).toMatchObject({ outcome: 'admitted' })
    expect(repeated).toMatchObject([
      { outcome: 'warned', reason: 'repeated', refers: first?.id },
      { outcome: 'warned', reason: 'repeated', refers: first?.id },
    ])
  })

  it('goes in and out by turns at a lane for both ways', async () => {
    fakeTime()
    const { read, store } = makeLane({ direction: 'both' })
    for (let i = 0; i < 3; i++) {
      for (const n of [1, 2]) await read(cccdOf(n))
      vi.advanceTimersByTime(5000)
    }
    const directions = store.visits.read(1, 9).map(({ direction }) => direction)
    expect(directions).toEqual(['in', 'in', 'out', 'out', 'in', 'in'])
  })
})

describe('the screen of a lane', () => {
  it.each([
    ['admitted', 1200, cccdOf(1)],
    ['warned', 2500, cccdExamples.card2021.replace('|Nam|', '|Nữ|')],
    ['denied', 3000, 'nonsense'],
  ])('shows an outcome of %s for %d ms and then goes idle by itself', async (outcome, ms, code) => {
    fakeTime()
    const { lane, read, screens } = makeLane()
    await read(code)
    vi.advanceTimersByTime(ms - 1)
    expect(lane.state.screen).toMatchObject({ kind: 'verdict', verdict: { outcome } })
    vi.advanceTimersByTime(1)
    expect(lane.state.screen).toEqual({ kind: 'idle' })
    expect(outcomes(screens)).toEqual(['idle', outcome, 'idle'])
  })

  it('gives the next person the whole time', async () => {
    fakeTime()
    const { lane, read } = makeLane()
    await read(cccdOf(1))
    vi.advanceTimersByTime(1000)
    await read(cccdOf(2))
    vi.advanceTimersByTime(1000)
    expect(lane.state.screen).toMatchObject({ kind: 'verdict', verdict: { visit: { seq: 2 } } })
  })

  it('asks to try again when a message is longer than any code, and stores nothing', () => {
    fakeTime()
    const { lane, store } = makeLane()
    lane.overlong('usb')
    expect(lane.state.screen).toEqual({ kind: 'retry' })
    vi.advanceTimersByTime(2000)
    expect(lane.state.screen).toEqual({ kind: 'idle' })
    expect(store.visits.last()).toBe(0)
  })

  it('says that there is no reader, or that the reader was lost', () => {
    const { lane } = makeLane()
    const screenWith = (kind: 'absent' | 'open') => {
      lane.readerState('usb', { kind })
      return lane.state.screen
    }
    expect(screenWith('absent')).toEqual({ kind: 'fault', fault: 'reader-lost' })
    expect(screenWith('open')).toEqual({ kind: 'idle' })
    const fresh = new Lane(
      { id: 'a', name: 'A', direction: 'in', readers: [], outputs: [] },
      {
        visits: { append: vi.fn(), lastPassage: vi.fn() },
        clock: new PlatformClock(),
        log: pino({ level: 'silent' }),
        site: () => builtInSite(new Uint8Array()),
        changed: () => {},
      },
    )
    expect(fresh.state.screen).toEqual({ kind: 'fault', fault: 'no-reader' })
  })

  it('stays idle while one of two readers is open', () => {
    const { lane } = makeLane()
    lane.readerState('demo', { kind: 'failed', why: 'busy' })
    expect(lane.state.screen).toEqual({ kind: 'idle' })
    expect(lane.state.readers.map(({ state }) => state.kind)).toEqual(['open', 'failed'])
  })

  it('leaves no timer behind when the lane is stopped amid a reading', async () => {
    fakeTime()
    const { lane, read, store } = makeLane()
    const answered = read(cccdOf(1))
    await lane.stop()
    await answered
    expect(store.visits.last()).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a lane that cannot store', () => {
  it('shows its fault and no verdict, and lets people through again after the next good visit', async () => {
    const { lane, read, store, db, screens } = makeLane()
    await read(cccdOf(1))
    refuseWrites(db, true)
    for (const n of [2, 3]) await read(cccdOf(n))
    expect(lane.state.screen).toEqual({ kind: 'fault', fault: 'cannot-store' })
    expect(store.visits.last()).toBe(1)
    refuseWrites(db, false)
    expect(lane.state.screen).toEqual({ kind: 'fault', fault: 'cannot-store' })
    await read(cccdOf(4))
    expect(lane.state.screen).toMatchObject({ kind: 'verdict', verdict: { outcome: 'admitted', visit: { seq: 2 } } })
    expect(outcomes(screens)).toEqual(['idle', 'admitted', 'fault', 'fault', 'admitted'])
    expect(store.verify()).toEqual({ kind: 'ok', visits: 2 })
  })

  it('takes the verdict before it off the screen', async () => {
    fakeTime()
    const { lane, read, db } = makeLane()
    await read(cccdOf(1))
    refuseWrites(db, true)
    await read(cccdOf(2))
    lane.overlong('usb')
    expect(lane.state.screen).toEqual({ kind: 'fault', fault: 'cannot-store' })
    vi.advanceTimersByTime(10_000)
    expect(lane.state.screen).toEqual({ kind: 'fault', fault: 'cannot-store' })
  })

  it('logs why, and nothing of the person', async () => {
    const { read, db, lines } = makeLane()
    refuseWrites(db, true)
    await read(cccdExamples.card2021)
    const text = lines.join('')
    expect(text).toContain('readonly')
    for (const secret of ['Mẫu', '001090', '000001', 'Nguyễn']) expect(text).not.toContain(secret)
  })
})

describe('what a lane keeps of a person', () => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const sealTo = SealingJwk.parse(publicKey.export({ format: 'jwk' }))

  it('is sealed whole in a box that only the private key opens', async () => {
    const { read, store } = makeLane({ site: { sealTo } })
    await read(cccdExamples.card2021)
    const sealed = store.visits.read(1, 1)[0]?.personal?.sealed ?? ''
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, privateKey)
    expect(protectedHeader).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM' })
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toEqual({
      document: '001090000001',
      formerDocument: '010000001',
      name: 'Nguyễn Văn Mẫu',
      birthDate: '1990-01-15',
      sex: 'male',
      address: 'Số 1 phố Mẫu, Phúc Xá, Ba Đình, Hà Nội',
      documentIssued: '2021-07-01',
    })
    const stranger = generateKeyPairSync('x25519').privateKey
    await expect(compactDecrypt(sealed, stranger)).rejects.toThrow()
  })

  it.each([
    ['sealed', { sealTo }],
    ['not sealed', {}],
  ])('stands masked everywhere else: in the stored row, on the screen and in the log (%s)', async (_how, site) => {
    const { lane, read, db, lines } = makeLane({ site })
    await read(cccdExamples.card2021)
    const row = db.prepare('SELECT * FROM visits').get()
    const everything = JSON.stringify([row, lane.state, lines])
    expect(everything).toContain('Nguyễn Văn ***')
    for (const secret of ['Mẫu', '001090', '010000001', '1990-01', '15011990', 'Phúc Xá', '01072021']) {
      expect(everything).not.toContain(secret)
    }
  })

  it('is another salt each time, and the same subject', async () => {
    fakeTime()
    const { read, store } = makeLane()
    await read(cccdOf(1))
    vi.advanceTimersByTime(5000)
    await read(cccdOf(1))
    const [first, second] = store.visits.read(1, 2).map(({ personal }) => personal)
    expect(first?.subject).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(second?.subject).toBe(first?.subject)
    expect(second?.salt).not.toBe(first?.salt)
  })
})
