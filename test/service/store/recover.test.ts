import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { recover } from '../../../service/store/recover.ts'
import { verify } from '../../../service/store/verify.ts'
import { tempFolder } from '../../support/folder.ts'
import { append, draftOf, filled, openStore } from './drafts.ts'

/** A closed data folder with visits 1 to 10, of which the platform holds `acked`, and a copy of its database after the 5th. */
async function folder(acked = 0) {
  const { store, dir, db } = filled(0)
  const early = join(tempFolder(), 'gate.db')
  const add = (from: number, to: number) =>
    Promise.all(Array.from({ length: to - from + 1 }, (_, i) => append(store, draftOf(from + i))))
  await add(1, 5)
  await db.backup(early)
  await add(6, 10)
  store.exchange.keepPolicy(7, 'a policy')
  store.exchange.acknowledge(acked, [])
  store.exchange.claim('dev_1')
  const rows = store.visits.rows(1, 99)
  const { id } = store.exchange.log()
  store.close()
  return { dir, id, rows, early, database: join(dir, 'gate.db') }
}

/** Writes over a page that holds this text. */
function spoil(file: string, text: string) {
  const bytes = readFileSync(file)
  const at = bytes.indexOf(text)
  bytes.fill(0xee, at - (at % 4096), at - (at % 4096) + 4096)
  writeFileSync(file, bytes)
}

/** Opens a folder whose database cannot be used, and gives the one kept log. */
function openAside(dir: string) {
  const store = openStore(dir)
  expect(store.damaged).toBe(true)
  const [kept, ...more] = store.kept
  if (kept === undefined || more.length > 0) throw new Error('expected one kept log')
  return { store, kept }
}

describe('a start after the database lost its newest visits', () => {
  it('puts them back from the journal, byte for byte, and goes on with the same log', async () => {
    const { dir, id, rows, early, database } = await folder()
    cpSync(early, database)
    const store = openStore(dir)
    expect(store.visits.rows(1, 99)).toEqual(rows)
    expect(store.exchange.log().id).toBe(id)
    expect(store.report).toEqual(['visits 6 to 10 were put back from the journal'])
    expect(await append(store, draftOf(11))).toMatchObject({ seq: 11, prev: rows.at(-1)?.hash })
    expect([store.verify(), store.damaged]).toEqual([{ kind: 'ok', visits: 11 }, false])
  })

  it('puts back whom their codes told of', async () => {
    const { store, dir, db } = filled(0)
    const early = join(tempFolder(), 'gate.db')
    await db.backup(early)
    const person = store.visits.person(['strong', 'weak'], true)
    await append(store, draftOf(1), person)
    store.close()
    cpSync(early, join(dir, 'gate.db'))
    expect(openStore(dir).visits.person(['weak'], false).subject).toBe('strong')
  })

  it('never numbers anew what the platform holds: where the journal let go of it, a new log begins', async () => {
    const { dir, id, early, database } = await folder()
    const store = openStore(dir)
    store.outbox(() => {}).acknowledge(10, [])
    await append(store, draftOf(11))
    store.close()
    cpSync(early, database)
    const { store: fresh, kept } = openAside(dir)
    expect(fresh.report.join()).toContain('lacks the visits 6 to 10')
    expect(fresh.exchange.log().id).not.toBe(id)
    expect(fresh.visits.last()).toBe(0)
    expect(kept.exchange.log().id).toBe(id)
  })
})

describe('a database that cannot be used', () => {
  it.each<[string, (file: string) => void]>([
    ['is gone', (file) => rmSync(file)],
    ['is no database', (file) => writeFileSync(file, 'no database, and long enough to have a header'.repeat(10))],
    ['has no schema that can be read', (file) => spoil(file, 'CREATE TABLE')],
    ['was emptied', (file) => writeFileSync(file, '')],
  ])(
    'and %s is set aside: a new log begins, and what the journal holds is kept for its upload',
    async (_how, spoilIt) => {
      const { dir, id, rows, database } = await folder()
      spoilIt(database)
      const { store, kept } = openAside(dir)
      expect(store.exchange.log().id).not.toBe(id)
      expect([store.visits.last(), store.verify()]).toEqual([0, { kind: 'ok', visits: 0 }])
      expect(kept.exchange.log()).toMatchObject({ id, acked: 0 })
      expect(kept.visits.rows(1, 99)).toEqual(rows)
      expect(await append(store, draftOf(11))).toMatchObject({ seq: 1 })
      expect(store.waiting()).toBe(11)
    },
  )

  it('is set aside where one visit at its end was changed, and the journal has the visit as it was', async () => {
    const { dir, rows, database } = await folder(6)
    const bytes = readFileSync(database)
    bytes[bytes.lastIndexOf('"admitted"') + 1] = 0x41
    writeFileSync(database, bytes)
    const { store, kept } = openAside(dir)
    expect(kept.exchange.log().acked).toBe(6)
    expect(kept.visits.rows(1, 99)).toEqual(rows.slice(6))
    expect(verify(kept.visits, kept.visits.base())).toEqual({ kind: 'ok', visits: 4 })
    expect(kept.exchange.device()).toBe('dev_1')
    expect(store.exchange.policy()).toEqual({ version: 7, jws: 'a policy' })
  })

  it('gives what of it can be read where the journal has let go of it', async () => {
    const { store, dir } = filled(200)
    store.exchange.acknowledge(50, [])
    store.close()
    spoil(join(dir, 'gate.db'), '"seq":190}')
    const { kept } = openAside(dir)
    const held = kept.visits.rows(1, 999).map(({ seq }) => seq)
    expect(held[0]).toBe(51)
    expect(held.length).toBeGreaterThan(130)
    expect(kept.visits.last()).toBeLessThan(190)
  })

  it('is set aside at the next start where it was found to be damaged at work', async () => {
    const { dir, rows } = await folder()
    const store = openStore(dir)
    expect(store.condemn('database disk image is malformed')).toBe(true)
    store.close()
    const { store: fresh, kept } = openAside(dir)
    expect(fresh.report[0]).toContain('database disk image is malformed')
    expect(kept.visits.rows(1, 99)).toEqual(rows)
    fresh.close()
    expect(openStore(dir).report).toEqual([])
  })

  it('holds another visit than its journal: neither is lost, and no number is given twice', async () => {
    const { dir, id, early } = await folder()
    const elsewhere = tempFolder()
    cpSync(early, join(elsewhere, 'gate.db'))
    const other = openStore(elsewhere)
    await append(other, draftOf(77))
    other.close()
    cpSync(join(elsewhere, 'gate.db'), join(dir, 'gate.db'))
    const { store, kept } = openAside(dir)
    expect(store.report[0]).toContain('visit 6 is not the one in the journal')
    expect([store.exchange.log().id === id, kept.visits.last()]).toEqual([false, 10])
    expect(readdirSync(dir).filter((name) => name.startsWith('damaged-'))).toHaveLength(1)
  })

  it('is kept once, also where the power fails before it is out of the way', async () => {
    const { dir, rows, database } = await folder(4)
    writeFileSync(database, 'no database, and long enough to have a header'.repeat(10))
    const before = tempFolder()
    cpSync(dir, before, { recursive: true })
    openAside(dir).store.close()
    // The database is still in its place, or it is gone and the journal is not.
    cpSync(join(dir, 'kept'), join(before, 'kept'), { recursive: true })
    const gone = tempFolder()
    cpSync(before, gone, { recursive: true })
    rmSync(join(gone, 'gate.db'))
    for (const folder of [before, gone]) expect(openAside(folder).kept.visits.rows(1, 99)).toEqual(rows)
  })

  it('is not replaced for ever: a disk that damages one after the other stops the gate', async () => {
    const dir = tempFolder()
    for (let n = 0; n < 8; n++) {
      writeFileSync(join(dir, 'gate.db'), 'no database, and long enough to have a header'.repeat(10))
      openStore(dir).close()
    }
    writeFileSync(join(dir, 'gate.db'), 'no database, and long enough to have a header'.repeat(10))
    expect(recover(dir)).toMatchObject({ kind: 'refused', why: expect.stringMatching(/replace the disk/) })
  })
})

describe('a damaged journal', () => {
  it.each([
    ['its header', 0, 512],
    ['its first visit', 600, 700],
    ['all of it', 0, 1024 * 1024],
  ])('costs nothing where %s is spoiled: the database has every visit', async (_what, from, to) => {
    const { dir, rows } = await folder()
    const segment = join(dir, 'journal', '00000001.segment')
    writeFileSync(segment, readFileSync(segment).fill(0xee, from, to))
    const store = openStore(dir)
    expect([store.visits.rows(1, 99), store.damaged]).toEqual([rows, false])
    await append(store, draftOf(11))
    store.close()
    expect(openStore(dir).verify()).toEqual({ kind: 'ok', visits: 11 })
  })

  it('loses the personal data that was dropped from the database just before the power failed', async () => {
    const { dir, rows, database } = await folder(4)
    const db = new Database(database)
    db.exec('UPDATE visits SET personal = NULL WHERE seq <= 4')
    db.close()
    const store = openStore(dir)
    expect(store.visits.rows(5, 99)).toEqual(rows.slice(4))
    expect(readdirSync(join(dir, 'journal'))).toEqual([])
  })

  it('that is gone is begun anew', async () => {
    const { dir, rows } = await folder()
    rmSync(join(dir, 'journal'), { recursive: true })
    const store = openStore(dir)
    expect(store.visits.rows(1, 99)).toEqual(rows)
    await append(store, draftOf(11))
    expect(existsSync(join(dir, 'journal'))).toBe(true)
  })
})

describe('a kept log', () => {
  it('is sent before the current one, as a log of its own', async () => {
    const { dir, id, database } = await folder(4)
    rmSync(database)
    const { store, kept } = openAside(dir)
    const outbox = kept.outbox(() => {})
    expect([outbox.log, outbox.acked(), outbox.last()]).toEqual([id, 0, 10])
    outbox.acknowledge(10, [])
    expect(store.waiting()).toBe(0)
    store.close()
    expect(openStore(dir).waiting()).toBe(0)
  })

  it('is read beside the service, too', async () => {
    const { dir, database } = await folder()
    rmSync(database)
    openAside(dir)
    expect(openStore(dir, 'read').kept.map(({ visits }) => visits.last())).toEqual([10])
  })

  it('of the log that is in use is not sent beside it', async () => {
    const { dir, early, id } = await folder()
    cpSync(early, join(dir, 'kept', `${id}.db`), { recursive: true })
    const store = openStore(dir)
    expect(store.kept).toEqual([])
    expect(store.report.join()).toContain('the log that is in use')
  })

  it('loses its personal data with all the others when the gate is purged, and so does what was set aside', async () => {
    const { dir, rows, database } = await folder()
    rmSync(database)
    const { store, kept } = openAside(dir)
    await append(store, draftOf(11))
    expect(store.purge()).toBe(true)
    expect(kept.visits.rows(1, 99)).toEqual(rows.map((row) => ({ ...row, personal: null })))
    expect(store.damaged).toBe(false)
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const text = files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('')
    expect(text).not.toContain('Nguy')
  })
})
