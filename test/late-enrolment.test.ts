import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { openPage } from './support/chromium.ts'
import { tempFolder } from './support/folder.ts'
import { cccdOf } from './support/people.ts'
import { printed, serve, visits } from './support/programs.ts'

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
