import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it, vi } from 'vitest'
import { tempFolder } from './support/folder.ts'
import { cccdOf } from './support/people.ts'
import { printed, serve, visits } from './support/programs.ts'
import { openPty } from './support/pty.ts'
import { watchGreens, watchStates } from './support/watch.ts'

/** Writes over the page where the index of last passages begins, which is read in every scan and in no start. */
function spoilIndex(file: string) {
  const db = new Database(file)
  const page = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'passages'").pluck().get())
  db.close()
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0xee, (page - 1) * 4096, page * 4096))
}

it('A database that turns out to be damaged at work ends the service; its next start sets it aside and goes on', async () => {
  const data = tempFolder()
  const reader = await openPty()
  const settings = join(tempFolder(), 'settings.json')
  const readers = [{ id: 'r1', driver: 'serial', path: reader.path }]
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'in', readers }] }))
  const args = ['--data', data, '--settings', settings]
  /** Lets this many people pass; every one of them is shown green. */
  const pass = async (url: string, count: number) => {
    const greens: number[] = []
    void watchGreens(url, ({ visit }) => greens.push(visit.seq))
    for (let n = 1; n <= count; n++) {
      await reader.write(`${cccdOf(n)}\r`)
      await vi.waitFor(() => expect(greens).toHaveLength(n), 10_000)
    }
  }

  const first = await serve('service', args)
  await pass(first.url, 5)
  const held = await visits('service', ['--data', data])
  await first.stop()
  spoilIndex(join(data, 'gate.db'))

  const second = await serve('service', args)
  await reader.write(`${cccdOf(6)}\r`)
  await vi.waitFor(() => expect(() => process.kill(second.pid, 0)).toThrow(), 10_000)
  expect(second.log.join('\n')).toContain('malformed')

  const third = await serve('service', args)
  expect(third.log.join('\n')).toContain('set aside')
  const alarms: boolean[] = []
  void watchStates(third.url, ({ damaged }) => alarms.push(damaged))
  await pass(third.url, 3)
  expect(new Set(alarms)).toEqual(new Set([true]))
  expect(await printed('service', ['verify', '--data', data])).toBe('ok 3 visits')
  const kept = keptRows(data)
  expect(kept).toEqual(held.map(({ seq, hash }) => ({ seq, hash })))
})

function keptRows(data: string): unknown[] {
  const [name = ''] = readdirSync(join(data, 'kept'))
  const db = new Database(join(data, 'kept', name), { readonly: true })
  const rows = db.prepare('SELECT seq, hash FROM visits ORDER BY seq').all()
  db.close()
  return rows
}
