import { existsSync, fsyncSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { openPglite } from '../../platform/pglite.ts'
import { temporaryFolder } from './engine.ts'

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  return { ...fs, fsyncSync: vi.fn(fs.fsyncSync) }
})

const { dir, remove } = temporaryFolder()
afterAll(remove)

test('a commit reaches the disk before it returns, and half a database is made anew', { timeout: 60_000 }, async () => {
  const home = path.join(dir, 'database')
  mkdirSync(`${home}.new`)
  writeFileSync(path.join(`${home}.new`, 'PG_VERSION'), 'half')
  const database = await openPglite(home)
  expect(existsSync(`${home}.new`)).toBe(false)
  // It holds the signing keys.
  expect(statSync(home).mode & 0o777).toBe(0o700)
  expect(await database.query('show fsync')).toEqual([{ fsync: 'on' }])
  await database.query('create table note (body text)')
  const before = vi.mocked(fsyncSync).mock.calls.length
  await database.query('insert into note values ($1)', ['kept'])
  const after = vi.mocked(fsyncSync).mock.calls.length
  await database.transaction((queries) => queries.query('insert into note values ($1)', ['kept too']))
  expect(after).toBeGreaterThan(before)
  expect(vi.mocked(fsyncSync).mock.calls.length).toBeGreaterThan(after)
  await database.close()
})
