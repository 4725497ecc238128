import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { tempFolder } from './support/folder.ts'
import { cccdOf } from './support/people.ts'
import { printed, serve, visits } from './support/programs.ts'

it('A gate whose database is gone sends what the journal holds of it, and its new visits as a new log', async () => {
  const [data, platformData] = [tempFolder(), tempFolder()]
  const settings = join(tempFolder(), 'settings.json')
  const readers = [{ id: 'r1', driver: 'simulator', codes: [1, 2, 3].map(cccdOf), everyMs: 500 }]
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'both', readers }] }))
  const start = () => serve('service', ['--data', data, '--settings', settings, '--no-ui'])
  const own = () => visits('service', ['--data', data])
  const first = await start()
  await vi.waitFor(async () => expect((await own()).length).toBeGreaterThan(2), 20_000)
  await first.stop()
  const lost = await own()
  rmSync(join(data, 'gate.db'))

  const second = await start()
  expect(second.log.join()).toContain(`visits 1 to ${lost.length}`)
  const at = ['--data', platformData]
  await serve('platform', at)
  const site = await printed('platform', ['site', 'add', '--name', 'Chợ Mẫu', '--kind', 'market', ...at])
  await printed('service', ['enrol', '--data', data, await printed('platform', ['enrolment', '--site', site, ...at])])
  await vi.waitFor(async () => {
    const there = await visits('platform', ['--site', site, ...at])
    const sent = new Set(there.map(({ id }) => id))
    const [newest] = await own()
    expect([...lost, newest].filter((visit) => visit === undefined || !sent.has(visit.id))).toEqual([])
    expect(sent.size).toBe(there.length)
  }, 30_000)
}, 90_000)
