import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { openPage } from './support/chromium.ts'
import { tempFolder } from './support/folder.ts'
import { cccdOf } from './support/people.ts'
import { printed, run, serve, visits } from './support/programs.ts'

it('does not send its visits a second time under another device', async () => {
  const [data, platformData] = [tempFolder(), tempFolder()]
  const at = ['--data', platformData]
  await serve('platform', ['--data', platformData])
  const site = await printed('platform', ['site', 'add', '--name', 'Chợ Mẫu', '--kind', 'market', ...at])
  const enrol = async (dir: string) =>
    run('service', ['enrol', '--data', dir, await printed('platform', ['enrolment', '--site', site, ...at])])
  const [device = ''] = /dev_\w+/.exec((await enrol(data)).stdout) ?? []
  const gate = await serve('service', ['--data', data, '--no-ui', '--simulate'])
  await vi.waitFor(async () => expect(await visits('platform', ['--site', site, ...at])).toHaveLength(1), 20_000)

  rmSync(join(data, 'enrolment.json'))
  const again = await enrol(data)
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining(`belong to ${device}`)])

  const elsewhere = tempFolder()
  await enrol(elsewhere)
  await gate.stop()
  copyFileSync(join(elsewhere, 'enrolment.json'), join(data, 'enrolment.json'))
  const other = await serve('service', ['--data', data, '--no-ui'])
  await vi.waitFor(() => expect(other.log.join()).toContain(`these visits belong to ${device}`), 10_000)
  const devices = (await visits('platform', ['--site', site, ...at])).map((visit) => visit['device'])
  expect(new Set(devices)).toEqual(new Set([device]))
}, 90_000)

it('records before it is enrolled, uploads all of it afterwards, and says so when it is revoked', async () => {
  const [data, platformData] = [tempFolder(), tempFolder()]
  const settings = join(tempFolder(), 'settings.json')
  const readers = [{ id: 'r1', driver: 'simulator', codes: [1, 2, 3].map(cccdOf), everyMs: 800 }]
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'both', readers }] }))
  const gate = await serve('service', ['--data', data, '--settings', settings])
  const { page } = await openPage()
  await page.goto(gate.url)
  await page.getByText('Chưa đăng ký').waitFor()
  await vi.waitFor(async () => expect((await visits('service', ['--data', data])).length).toBeGreaterThan(2), 20_000)

  await serve('platform', ['--data', platformData])
  const at = ['--data', platformData]
  const site = await printed('platform', ['site', 'add', '--name', 'Chợ Mẫu', '--kind', 'market', ...at])
  const enrolled = await printed('service', [
    'enrol',
    '--data',
    data,
    await printed('platform', ['enrolment', '--site', site, ...at]),
  ])
  const [device = ''] = /dev_\w+/.exec(enrolled) ?? []
  await page.getByText('Chợ Mẫu').waitFor()
  await page.getByText('Trực tuyến').waitFor()
  await vi.waitFor(async () => {
    const there = await visits('platform', ['--site', site, ...at])
    expect(there.length).toBeGreaterThan(3)
    expect(there.map(({ seq }) => seq)).toEqual(there.map((_, i) => i + 1))
    expect(there.map(({ gate }) => gate)).toContain('')
  }, 20_000)

  await printed('platform', ['revoke', '--device', device, ...at])
  await page.locator('[data-status="sync"]').getByText('thu hồi').waitFor()
  const passed = (await visits('service', ['--data', data])).length
  await vi.waitFor(async () => {
    expect((await visits('service', ['--data', data])).length).toBeGreaterThan(passed)
  }, 20_000)
}, 120_000)
