import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { tempFolder } from '../support/folder.ts'
import { cccdOf } from '../support/people.ts'
import { printed, serve, visits } from '../support/programs.ts'

function credentials(): Record<string, string> {
  const folder = tempFolder()
  writeFileSync(join(folder, 'gate-kiosk.key'), randomBytes(32))
  return { CREDENTIALS_DIRECTORY: folder }
}

it('a gate whose key is lost goes on, keeps its visits and its binding, and is enrolled again with the key', async () => {
  const [data, platformData] = [tempFolder(), tempFolder()]
  const settings = join(tempFolder(), 'settings.json')
  const readers = [{ id: 'r1', driver: 'simulator', codes: [1, 2, 3].map(cccdOf), everyMs: 200 }]
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'both', readers }] }))
  const args = ['--data', data, '--settings', settings, '--no-ui']
  const count = async () => (await visits('service', ['--data', data])).length
  const enrolment = () => readFileSync(join(data, 'enrolment.json'), 'utf8')
  const at = ['--data', platformData]
  await serve('platform', at)
  const site = await printed('platform', ['site', 'add', '--name', 'Chợ Mẫu', '--kind', 'market', ...at])
  const code = () => printed('platform', ['enrolment', '--site', site, ...at])
  const sent = async () => (await visits('platform', ['--site', site, ...at])).length

  const key = credentials()
  const first = await serve('service', args, key)
  // By a command that has no key, so that the file comes plain.
  await printed('service', ['enrol', '--data', data, await code()])
  await vi.waitFor(async () => expect(await sent()).toBeGreaterThan(0), 20_000)
  expect(enrolment()).toMatch(/^gate-sealed\.1\.systemd\./)
  await first.stop()

  const before = await count()
  const other = await serve('service', args, credentials())
  await vi.waitFor(async () => expect(await count()).toBeGreaterThan(before + 1), 20_000)
  expect(other.log.filter((line) => line.includes('cannot be opened'))).toHaveLength(2)
  expect(await printed('service', ['verify', '--data', data])).toMatch(/^ok/)
  await expect(printed('service', ['enrol', '--data', data, await code()])).rejects.toThrow('belong to dev_')
  await other.stop()

  const all = await count()
  await serve('service', args, key)
  await vi.waitFor(async () => expect(await sent()).toBeGreaterThan(all), 20_000)
  expect(readdirSync(data).filter((name) => name.startsWith('enrolment'))).toEqual(['enrolment.json'])
}, 120_000)
