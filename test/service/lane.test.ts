import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { toTrust } from '../../service/credentials/trust.ts'
import { builtInSite } from '../../service/site.ts'
import { databaseFile, openForReading } from '../../service/store/database.ts'
import { SealingJwk } from '../../sync/protocol.ts'
import { codes } from '../support/codes.ts'
import { cccdExamples, kbytExamples, signedExamples } from '../support/examples.ts'
import { makeIssuer } from '../support/issuer.ts'
import { cardOf, cccdOf, toCccd } from '../support/people.ts'
import { trusting } from '../support/trust.ts'
import { fakeTime, makeLane } from './make-lane.ts'

describe('a lane', () => {
  it('does not take a bug for a full disk', async () => {
    const { lane, read, store } = makeLane()
    vi.spyOn(store.visits, 'append').mockImplementation(() => {
      throw new TypeError('a bug')
    })
    await expect(read(cccdOf(1))).rejects.toThrow('a bug')
    expect(lane.state.screen).toEqual({ kind: 'idle' })
  })

  it('answers a code that is still held when the disk works again', async () => {
    const { lane, read, refuseWrites } = makeLane()
    refuseWrites(true)
    await read(cccdOf(1))
    expect(lane.state.screen).toEqual({ kind: 'fault', fault: 'cannot-store' })
    refuseWrites(false)
    await read(cccdOf(1))
    expect(lane.state.screen).toMatchObject({ kind: 'verdict', verdict: { outcome: 'admitted' } })
  })

  it('shows green only when the visit can be read from the disk', async () => {
    const { lane, read, dir } = makeLane()
    const reader = openForReading(databaseFile(dir))
    if (reader.kind !== 'open') throw new Error(reader.why)
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
    const masked = {
      name: 'Nguyễn Văn ***',
      document: '******000001',
      birthYear: 1990,
      sex: 'male',
      address: '***, Hà Nội',
    }
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
      personal: { masked, sealed: null },
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
        masked,
        at: visit?.at,
      },
    })
  })

  it('says that a code is verified only where its signature was proven and is in force', async () => {
    const issuer = makeIssuer()
    const seconds = Math.floor(Date.now() / 1000)
    const cti = new Uint8Array(8)
    const { read, store } = makeLane({ site: { trust: trusting([issuer.entry], new Date()).trust } })
    await read(issuer.mint({ iat: seconds, exp: seconds + 60, cti }))
    await read(issuer.mint({ iat: seconds - 900, exp: seconds - 600, cti }))
    await read(makeIssuer().mint({ iat: seconds, exp: seconds + 60, cti }))
    const told = store.visits
      .read(1, 9)
      .map(({ outcome, reason, credential }) => [outcome, reason, credential.verified])
    expect(told).toEqual([
      ['admitted', '', true],
      ['denied', 'expired', false],
      ['denied', 'unknown-issuer', false],
    ])
  })

  it.each([
    ['not-personal', 'wifi', codes.wifi[0]],
    ['not-personal', 'url', 'https://example.com/menu'],
    ['damaged', 'emv', codes.emv[0].replace(/.$/, '0')],
    ['number-only', 'barenum', '001090000001'],
    ['not-accepted', 'kbyt', kbytExamples.view],
    ['malformed', 'cccd', cccdExamples.card2021.replace('15011990', '31021990')],
    ['unknown-issuer', 'signed', signedExamples.named],
  ])('denies a code for being %s and names its kind, %s', async (reason, kind, code) => {
    const { lane, read, store } = makeLane()
    await read(code)
    const credential = { kind, verified: false }
    expect(lane.state.screen).toMatchObject({ verdict: { outcome: 'denied', reason, credential } })
    expect(store.visits.read(1, 1)[0]).toMatchObject({ outcome: 'denied', reason, credential })
  })

  it('shows what the site calls a kind of its own, and stores the kind alone', async () => {
    const label = { vi: 'Thẻ nhân viên', en: 'Staff card' }
    const { trust } = toTrust({
      issuers: [],
      dcc: [],
      patterns: [{ kind: 'x-staff', pattern: 'NV-(?P<id>\\d{4})', label }],
    })
    const rules = { ...builtInSite(new Uint8Array()).rules, accept: new Set(['x-staff']) }
    const { lane, read, store } = makeLane({ site: { trust, rules } })
    await read('NV-0001')
    expect(lane.state.screen).toMatchObject({
      verdict: { outcome: 'admitted', credential: { kind: 'x-staff', verified: false, label } },
    })
    expect(store.visits.read(1, 1)[0]?.credential).toEqual({ kind: 'x-staff', verified: false })
  })

  it('says of a payment code that it may be an invoice instead', async () => {
    const { lane, read, store } = makeLane()
    await read('0002010102125204581253037045405123455802VN63042DF6')
    expect(lane.state.screen).toMatchObject({
      verdict: { reason: 'not-personal', credential: { kind: 'emv', variant: 'invoice' } },
    })
    expect(store.visits.read(1, 1)[0]?.credential).toEqual({ kind: 'emv', verified: false })
  })

  it('stores what it denies, too', async () => {
    const { lane, read, store } = makeLane()
    await read('no code of anybody')
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

  it('takes what a simulated reader showed for no passage of the real person', async () => {
    const { read, store } = makeLane()
    await read(cccdOf(1), 'demo')
    await read(toCccd({ ...cardOf(1), address: 'Huế' }))
    await read(toCccd({ ...cardOf(1), address: 'Hà Nội' }))
    const [, second, third] = store.visits.read(1, 3)
    expect(second).not.toHaveProperty('refers')
    expect(third).toMatchObject({ refers: second?.id })
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
