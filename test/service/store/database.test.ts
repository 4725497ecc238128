import { randomUUID } from 'node:crypto'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { databaseFile, openForReading, openForWriting } from '../../../service/store/database.ts'
import { Store } from '../../../service/store/index.ts'
import { migrations } from '../../../service/store/migrations.ts'
import { verify } from '../../../service/store/verify.ts'
import { VisitLog } from '../../../service/store/visits.ts'
import { chainBody, firstPrev, personalDigest, sha256 } from '../../../sync/digest.ts'
import type { Visit } from '../../../sync/protocol.ts'
import { tempFolder } from '../../support/folder.ts'
import { draftOf, subjectOf } from './drafts.ts'

function open(dir: string, how = openForWriting): Database.Database {
  const opened = how(databaseFile(dir))
  if (opened.kind !== 'open') throw new Error(opened.why)
  onTestFinished(() => void opened.db.close())
  return opened.db
}

const setting = (db: Database.Database, name: string) => db.pragma(name, { simple: true })

/** Makes a file that only a later program can have written. */
function fromTheFuture(dir: string) {
  const db = open(dir)
  db.pragma(`user_version = ${migrations.length + 1}`)
  db.close()
}

/** The file of the program's first version, with visits of persons 1 to `count` of which the platform holds two. */
function makeVersion1(dir: string, count: number): Visit[] {
  const db = new Database(join(dir, 'gate.db'))
  db.exec(migrations[0] ?? '')
  db.pragma('user_version = 1')
  db.prepare('INSERT INTO log (one, id, acked, device) VALUES (1, ?, 2, ?)').run(randomUUID(), 'dev_1')
  const insert = db.prepare('INSERT INTO visits (seq, body, personal, hash) VALUES (?, ?, ?, ?)')
  const made: Visit[] = []
  for (let seq = 1; seq <= count; seq++) {
    const draft = draftOf(seq)
    const prev = made.at(-1)?.hash ?? firstPrev
    const visit = { ...draft, seq, id: randomUUID(), digest: personalDigest(draft.personal), prev }
    const body = chainBody(visit)
    insert.run(seq, body, JSON.stringify(draft.personal), sha256(body))
    made.push({ ...visit, hash: sha256(body) })
  }
  db.close()
  return made
}

describe('the database', () => {
  it('keeps every visit through a power cut: WAL, and FULL after the first write, on a new file and an old one', async () => {
    const dir = tempFolder()
    for (const _ of ['new', 'old', 'old']) {
      const db = open(dir)
      await new VisitLog(db).append(() => ({ draft: draftOf(1), person: null }))
      expect(setting(db, 'journal_mode')).toBe('wal')
      expect(setting(db, 'synchronous')).toBe(2)
      db.close()
    }
  })

  it('is opened with the settings for one careful writer', () => {
    const db = open(tempFolder())
    const names = [
      'foreign_keys',
      'trusted_schema',
      'cell_size_check',
      'secure_delete',
      'wal_autocheckpoint',
      'auto_vacuum',
    ]
    expect(names.map((name) => setting(db, name))).toEqual([1, 0, 1, 1, 256, 2])
  })

  it('is in a folder that is made when it is missing, for its owner alone', () => {
    const dir = join(tempFolder(), 'data', 'gate')
    open(dir)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
  })

  it('has strict tables only', () => {
    const db = open(tempFolder())
    const tables = db
      .prepare(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%' ORDER BY name",
      )
      .all()
    expect(tables).toEqual(['links', 'log', 'policy', 'rejected', 'visits'].map((name) => ({ name, strict: 1 })))
  })

  it('is brought up to date step by step, from nothing, once', () => {
    const dir = tempFolder()
    const db = open(dir)
    expect(setting(db, 'user_version')).toBe(migrations.length)
    const log = db.prepare('SELECT id, acked FROM log').get()
    expect(log).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), acked: 0 })
    db.close()
    const again = open(dir)
    expect(setting(again, 'user_version')).toBe(migrations.length)
    expect(again.prepare('SELECT id, acked FROM log').all()).toEqual([log])
  })

  it('of version 1 keeps its visits, goes on with their chain, and takes links', async () => {
    const dir = tempFolder()
    const first = makeVersion1(dir, 3)
    const db = open(dir)
    const visits = new VisitLog(db)
    expect(visits.read(1, 9)).toEqual(first)
    const person = visits.person([subjectOf(4), subjectOf(2)], true)
    expect(await visits.append(() => ({ draft: draftOf(4), person }))).toMatchObject({
      seq: 4,
      prev: first.at(-1)?.hash,
    })
    expect(verify(visits)).toEqual({ kind: 'ok', visits: 4 })
    expect(visits.person([subjectOf(2)], false).subject).toBe(subjectOf(4))
    expect(db.prepare('SELECT acked, device FROM log').all()).toEqual([{ acked: 2, device: 'dev_1' }])
  })

  it('of version 1 is left to the service: a reader beside it names both versions', () => {
    const dir = tempFolder()
    makeVersion1(dir, 1)
    expect(Store.open(dir, 'read')).toMatch(new RegExp(`version 1\\b.*${migrations.length}\\b.*serve`))
  })

  it.each(['write', 'read'] as const)('from a newer program is refused with both versions named, to %s', (mode) => {
    const dir = tempFolder()
    fromTheFuture(dir)
    const why = Store.open(dir, mode)
    expect(why).toMatch(new RegExp(`version ${migrations.length + 1}\\b.*up to ${migrations.length}\\b`))
  })

  it('from a newer program is left as it is', () => {
    const dir = tempFolder()
    fromTheFuture(dir)
    Store.open(dir, 'write')
    const db = new Database(join(dir, 'gate.db'), { readonly: true })
    expect(setting(db, 'user_version')).toBe(migrations.length + 1)
    db.close()
  })

  it('that is no database is refused with its name, to a reader', () => {
    const dir = tempFolder()
    writeFileSync(join(dir, 'gate.db'), 'no database, and long enough to have a header'.repeat(10))
    expect(Store.open(dir, 'read')).toMatch(/gate\.db.*not a database/)
  })

  it('that no service has finished making is refused to a reader', () => {
    const dir = tempFolder()
    writeFileSync(join(dir, 'gate.db'), '')
    expect(Store.open(dir, 'read')).toMatch(/version 0\b.*serve/)
  })

  it('that is missing is refused to a reader, who makes nothing', () => {
    const dir = tempFolder()
    expect(Store.open(dir, 'read')).toBe(`there is no gate database in ${dir}`)
    expect(existsSync(join(dir, 'gate.db'))).toBe(false)
  })

  it('is read beside its writer, visit by visit', async () => {
    const dir = tempFolder()
    const writer = new VisitLog(open(dir))
    const reader = new VisitLog(open(dir, openForReading))
    for (let n = 1; n <= 20; n++) {
      const visit = await writer.append(() => ({ draft: draftOf(n), person: null }))
      expect(reader.last()).toBe(n)
      expect(reader.read(n, 1)).toEqual([visit])
    }
    await expect(reader.append(() => ({ draft: draftOf(1), person: null }))).rejects.toThrow(/readonly/)
  })
})
