import { readFileSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { importBatch } from '../platform/import.ts'
import { importFile } from '../platform/import-file.ts'
import { revokeDevice } from '../platform/revoke.ts'
import { pageAfter } from '../platform/visits.ts'
import { writeHandOver } from '../service/export/hand-over.ts'
import { leaveReceipts, readReceipts, takeReceipts } from '../service/export/receipts.ts'
import { keptSite } from '../service/kept-site.ts'
import type { Store } from '../service/store/index.ts'
import { handOver as writeLines } from '../sync/hand-over.ts'
import type { Visit } from '../sync/protocol.ts'
import { engines, run, startEngine } from './platform/engine.ts'
import { letIn, newFile, type OfflineGate, offlineGate } from './support/offline-gate.ts'

/** The file of a gate that changed its visits, sealed to the site of `to`. */
async function handOverOf(gate: OfflineGate, change: (visit: Visit) => Visit, to = gate): Promise<string> {
  const { visits, exchange } = gate.store
  const log = {
    log: exchange.log().id,
    acked: () => 0,
    last: () => visits.last(),
    read: (first: number, limit: number) => visits.read(first, limit).map(change),
  }
  const site = await keptSite(to.dir)
  if (typeof site === 'string' || site.sealTo === null) throw new Error('expected a key to seal to')
  const file = newFile('visits.gate')
  writeFileSync(file, await text(Readable.from(writeLines([log], gate.enrolment, site.sealTo, new Date()))))
  return file
}

type Engine = Awaited<ReturnType<typeof startEngine>>

const outboxes = (store: Store) => [...store.kept, store].map((log) => log.outbox(() => {}))

/** Writes the hand-over file of a gate. */
async function handOver({ dir }: OfflineGate): Promise<string> {
  const file = newFile('visits.gate')
  expect(await writeHandOver(dir, file)).toBeNull()
  return file
}

const lines = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n')

/** The file with its lines changed. */
function changed(file: string, change: (lines: string[]) => string[]): string {
  const other = newFile('changed.gate')
  writeFileSync(other, `${change(lines(file)).join('\n')}\n`)
  return other
}

describe.each(engines)('visits handed over to a platform on %s', (kind) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.stop())

  const take = async (file: string) => {
    const receipt = newFile('receipt.jws')
    const taken = await importFile(file, receipt, (line) => run(engine.platform, importBatch, line))
    return { ...taken, receipt }
  }
  /** The numbers of the visits that the platform holds of a gate, in order. */
  const held = async ({ enrolment, store }: OfflineGate) => {
    const { id } = store.exchange.log()
    const [row] = await engine.platform.database.query('select site from log where log = $1', [id])
    const { site } = z.object({ site: z.string() }).parse(row)
    const seqs: number[] = []
    for (;;) {
      const after = { device: enrolment.deviceId, log: id, seq: seqs.at(-1) ?? 0 }
      const page = await pageAfter(engine.platform.database, { site, after })
      if (page.length === 0) return seqs
      seqs.push(...page.map(({ seq }) => seq))
    }
  }
  const settle = async ({ dir, enrolment, store }: OfflineGate, receipt: string) => {
    leaveReceipts(dir, receipt)
    return takeReceipts(dir, enrolment, outboxes(store))
  }
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

  it('arrive once, and their receipt is all that the gate needs to go on', async () => {
    const gate = await offlineGate(engine.platform, 1100)
    const { visits, receipt } = await take(await handOver(gate))
    expect(visits).toBe(1100)
    expect(await held(gate)).toEqual(upTo(1100))
    expect(await settle(gate, receipt)).toMatchObject({ kind: 'taken' })
    expect(gate.store.exchange.log().acked).toBe(1100)
    expect(await takeReceipts(gate.dir, gate.enrolment, outboxes(gate.store))).toEqual({ kind: 'none' })

    await letIn(gate.store, 3)
    const next = await handOver(gate)
    expect(lines(next)).toHaveLength(3)
    expect((await take(next)).visits).toBe(3)
    expect(await held(gate)).toEqual(upTo(1103))
  })

  it('are the same when they are imported twice', async () => {
    const gate = await offlineGate(engine.platform, 7)
    const file = await handOver(gate)
    await take(file)
    const { receipt } = await take(file)
    expect(await held(gate)).toEqual(upTo(7))
    await settle(gate, receipt)
    await settle(gate, receipt)
    expect(gate.store.exchange.log().acked).toBe(7)
  })

  it('can be read by nobody on the way', async () => {
    const file = await handOver(await offlineGate(engine.platform, 5))
    const { batch } = JSON.parse(lines(file)[1] ?? '')
    const readable = `${readFileSync(file, 'utf8')}${Buffer.from(batch, 'base64url').toString('latin1')}`
    expect(readable).not.toMatch(/Nguyễn|\*\*\*\*\*\*|masked|admitted/)
  })

  it('are refused where a line was changed, left out, or put elsewhere', async () => {
    const gate = await offlineGate(engine.platform, 1600)
    const file = await handOver(gate)
    const other = await handOver(gate)
    const swapped = ([a = '', b = '', c = '', ...rest]: string[]) => [a, c, b, ...rest]
    await expect(take(changed(file, swapped))).rejects.toThrow(/line 2: it is not what the gate wrote in this place$/)
    const cut = ([a = '', _b, ...rest]: string[]) => [a, ...rest]
    await expect(take(changed(file, cut))).rejects.toThrow(/line 2: it is not what the gate wrote/)
    const mixed = (all: string[]) => all.with(2, lines(other)[2] ?? '')
    await expect(take(changed(file, mixed))).rejects.toThrow(/line 3: it is not what the gate wrote/)
    const flipped = (all: string[]) => all.map((line, i) => (i === 3 ? line.replace(/(.{40})(.)/, '$1_') : line))
    await expect(take(changed(file, flipped))).rejects.toThrow(/line 4: it is not what the gate wrote/)
    await take(file)
    expect(await held(gate)).toEqual(upTo(1600))
  })

  it('are refused, all of them, where the file lost its end', async () => {
    const gate = await offlineGate(engine.platform, 9)
    const file = await handOver(gate)
    await expect(take(changed(file, (all) => all.slice(0, -1)))).rejects.toThrow(/has lost its end: copy it/)
    const half = newFile('half.gate')
    const bytes = readFileSync(file)
    writeFileSync(half, bytes.subarray(0, bytes.length - 100))
    await expect(take(half)).rejects.toThrow(/line 3: expected a line of a hand-over file/)
    writeFileSync(half, '')
    await expect(take(half)).rejects.toThrow(/has lost its end/)
    writeFileSync(half, 'PK\n')
    await expect(take(half)).rejects.toThrow(/expected a hand-over file of version 1/)
    expect((await take(file)).visits).toBe(9)
  })

  it('are refused by a platform that does not know the gate, and of a gate that was revoked', async () => {
    const gate = await offlineGate(engine.platform, 2)
    const file = await handOver(gate)
    const stranger = (all: string[]) =>
      all.map((line) => line.replace(gate.enrolment.deviceId, `dev_${'0'.repeat(32)}`))
    await expect(take(changed(file, stranger))).rejects.toThrow(
      /no device here has the id dev_0+: the file is for another/,
    )
    const another = await offlineGate(engine.platform, 2)
    const swapped = (all: string[]) =>
      all.map((line) => line.replace(gate.enrolment.deviceId, another.enrolment.deviceId))
    await expect(take(changed(file, swapped))).rejects.toThrow(/line 2: it is not what the gate wrote/)
    await run(engine.platform, revokeDevice, { device: gate.enrolment.deviceId })
    await expect(take(file)).rejects.toThrow(/dev_\w+ was revoked$/)
  })

  it('are a fork where the gate changed what it had handed over', async () => {
    const gate = await offlineGate(engine.platform, 4)
    await take(await handOver(gate))
    const forged = await handOverOf(gate, (visit) => (visit.seq === 1 ? { ...visit, hash: 'B'.repeat(43) } : visit))
    await expect(take(forged)).rejects.toThrow(/holds a different visit 1 of log/)
    expect(await held(gate)).toEqual(upTo(4))
  })

  it('are handed over anew from where a platform stands that was restored from a backup', async () => {
    const gate = await offlineGate(engine.platform, 6)
    await settle(gate, (await take(await handOver(gate))).receipt)
    await letIn(gate.store, 2)
    const { id } = gate.store.exchange.log()
    const hash = gate.store.visits.hashOf(2)
    const { database } = engine.platform
    await database.query('delete from visit where log = $1 and seq > 2', [id])
    await database.query('update log set acked = 2, hash = $2 where log = $1', [id, hash])
    const receipt = newFile('receipt.jws')
    const late = importFile(await handOver(gate), receipt, (line) => run(engine.platform, importBatch, line))
    await expect(late).rejects.toThrow(/visits from 3 on are missing: take the receipt to the gate/)
    await settle(gate, receipt)
    expect(gate.store.exchange.log().acked).toBe(2)
    await take(await handOver(gate))
    expect(await held(gate)).toEqual(upTo(8))
  })

  it('bring back what the platform refused of them', async () => {
    const gate = await offlineGate(engine.platform, 3)
    const file = await handOverOf(gate, (visit) => (visit.seq === 2 ? { ...visit, lane: 'x'.repeat(101) } : visit))
    await settle(gate, (await take(file)).receipt)
    expect(gate.store.exchange.rejected(1, 9)).toMatchObject([{ seq: 2, code: 'bad-visit' }])
  })

  it('are refused where they are sealed to another site', async () => {
    const [gate, another] = [await offlineGate(engine.platform, 2), await offlineGate(engine.platform, 2)]
    const file = await handOverOf(gate, (visit) => visit, another)
    await expect(take(file)).rejects.toThrow(/line 2: it is not sealed to the site of its gate$/)
  })

  it('leave a receipt that no other gate takes, and none that was changed', async () => {
    const [gate, another] = [await offlineGate(engine.platform, 2), await offlineGate(engine.platform, 2)]
    const { receipt } = await take(await handOver(gate))
    const read = (file: string, { enrolment, store }: OfflineGate) => readReceipts(file, enrolment, outboxes(store))
    expect(await read(receipt, another)).toMatchObject({
      why: expect.stringMatching(/^line 1: it is for dev_\w+, and/),
    })
    const tampered = changed(receipt, ([line = '']) => [line.replace(/\.(.{20})./, '.$1_')])
    const unsigned = { why: 'line 1: expected a receipt signed by the platform of this gate' }
    expect(await read(tampered, gate)).toMatchObject(unsigned)
    expect(
      await read(
        changed(receipt, ([line = '']) => [line.slice(0, -9)]),
        gate,
      ),
    ).toMatchObject(unsigned)
  })
})
