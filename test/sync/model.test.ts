import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Enrolment } from '../../sync/enrolment.ts'
import { UploadingGate } from './gate.ts'
import { type Scripted, ScriptedPlatform } from './scripted-platform.ts'

type Event =
  | { kind: 'visits'; count: number }
  /** The platform answers the next upload so. */
  | { kind: 'answered'; scripted: Scripted }
  /** A receipt that says less than is held, as one that was signed earlier would. */
  | { kind: 'old-receipt'; back: number }
  /** The platform is put back to what it held some visits ago. */
  | { kind: 'restored'; back: number }
  /** The gate starts again. */
  | { kind: 'restarted' }
  /** The gate dies after the platform stored a batch, before it could record that. */
  | { kind: 'forgot' }

const answer = (status: number, body = ''): Scripted => ({ kind: 'answer', status, body })
const scripted = fc.oneof(
  fc.constantFrom<Scripted>(
    { kind: 'cut' },
    { kind: 'lost' },
    { kind: 'changed', by: 'stranger' },
    { kind: 'changed', payload: { device: 'dev_9' } },
    { kind: 'changed', payload: { hash: 'B'.repeat(43) } },
    { kind: 'changed', payload: { acked: 10_000 } },
    { kind: 'changed', reply: { receipt: '' } },
    { kind: 'changed', reply: { acked: 0 } },
    answer(401, '{"code":"unauthorized"}'),
    answer(403, '{"code":"revoked"}'),
    answer(409, '{"code":"fork","seq":1}'),
  ),
  fc.constantFrom(200, 204, 302, 404, 413, 429, 500, 503).map((status) => answer(status, '<html>')),
  fc.integer({ min: 1, max: 30 }).map((expected) => answer(409, JSON.stringify({ code: 'gap', expected }))),
)

const back = fc.integer({ min: 0, max: 12 })
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('visits' as const), count: fc.integer({ min: 1, max: 4 }) }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('answered' as const), scripted }) },
  fc.record({ kind: fc.constant('old-receipt' as const), back }),
  fc.record({ kind: fc.constant('restored' as const), back }),
  fc.constant<Event>({ kind: 'restarted' }),
  fc.constant<Event>({ kind: 'forgot' }),
)

let platform: ScriptedPlatform
let enrolment: Enrolment

beforeAll(async () => {
  platform = await ScriptedPlatform.start()
  enrolment = await platform.enrol()
})
afterAll(() => platform.close())

/** A gate that lives through the events, then meets a platform that answers as it should. */
class Life {
  readonly gate = new UploadingGate(platform, enrolment)
  /** How often the platform was put back: only then may it store a visit that it had stored before. */
  restores = 0

  async live(happened: Event) {
    const { outbox } = this.gate
    const held = this.gate.held().length
    switch (happened.kind) {
      case 'visits':
        return outbox.add(happened.count)
      case 'answered':
        platform.next('visits', happened.scripted)
        return this.#upload()
      case 'old-receipt': {
        const acked = Math.max(0, Math.min(held, outbox.last()) - happened.back)
        const hash = acked === 0 ? 'A'.repeat(43) : outbox.hashOf(acked)
        platform.next('visits', { kind: 'changed', payload: { acked, hash } })
        return this.#upload()
      }
      case 'restored':
        this.restores++
        platform.shelf.restore(outbox.log, Math.max(0, held - happened.back))
        return this.#upload()
      case 'restarted':
        return this.gate.restart()
      case 'forgot': {
        const before = outbox.acknowledged.length
        await this.#upload()
        outbox.acknowledged.length = before
        return this.gate.restart()
      }
    }
  }

  async #upload() {
    const before = this.gate.outbox.acked()
    const { kind } = await this.gate.upload()
    // Nothing but a receipt moves what the gate believes to be safe.
    if (kind !== 'acknowledged' && kind !== 'moved') expect(this.gate.outbox.acked()).toBe(before)
    else if (kind === 'acknowledged') expect(this.gate.outbox.acked()).toBeLessThanOrEqual(this.gate.held().length)
    platform.heal()
    return kind
  }

  /** What it takes to get everything to a platform that answers as it should. */
  async recover() {
    this.gate.outbox.add(1)
    for (let turn = 0; turn < 40; turn++) {
      if ((await this.#upload()) === 'nothing') return
    }
  }
}

it('brings every visit up once and in order, whatever the platform and the link did before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
      platform.shelf.stored.length = 0
      const life = new Life()
      for (const happened of events) await life.live(happened)
      await life.recover()
      life.gate.end()
      const { visits } = life.gate.outbox
      expect(life.gate.held()).toEqual(visits)
      expect(life.gate.outbox.acked()).toBe(visits.length)
      if (life.restores === 0) expect(platform.shelf.stored).toEqual(visits.map(({ seq }) => seq))
    }),
    { numRuns: 300 },
  )
})
