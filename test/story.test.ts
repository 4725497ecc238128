import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it, vi } from 'vitest'
import { firstPrev, visitHash } from '../sync/digest.ts'
import type { Visit } from '../sync/protocol.ts'
import { openPage } from './support/chromium.ts'
import { tempFolder } from './support/folder.ts'
import { cardOf, cccdOf } from './support/people.ts'
import { printed, serve, visits } from './support/programs.ts'
import { openPty } from './support/pty.ts'

const person = { name: 'Nguyễn Văn Mẫu', born: '1990-01-15', masked: 'Nguyễn Văn ***' }

it('carries every person from the reader to the platform exactly once, also when the platform was away', async () => {
  const [gateData, platformData] = [tempFolder(), tempFolder()]
  const reader = await openPty()
  const settings = join(tempFolder(), 'settings.json')
  const readers = [{ id: 'r1', driver: 'serial', path: reader.path, baudRate: 9600 }]
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'in', readers }] }))

  let platform = await serve('platform', ['--data', platformData, '--port', '0'])
  const { port } = new URL(platform.url)
  const atPlatform = ['--data', platformData]
  const site = await printed('platform', ['site', 'add', '--name', 'Trụ sở Mẫu', '--kind', 'office', ...atPlatform])
  const enrolment = await printed('platform', ['enrolment', '--site', site, ...atPlatform])
  const mint = ['mint', '--site', site, '--name', person.name, '--born', person.born, ...atPlatform]
  const valid = await printed('platform', mint)
  const expired = await printed('platform', [...mint, '--expires', '2021-12-31'])
  await printed('service', ['enrol', '--data', gateData, enrolment])
  const gate = await serve('service', ['--data', gateData, '--settings', settings])
  const { page, faults } = await openPage()
  await page.goto(gate.url)
  const lane = page.locator('[data-lane="lane-1"]')
  await page.locator('[data-lane="lane-1"][data-screen="idle"]').waitFor()
  await page.getByText('Trụ sở Mẫu').waitFor()

  await reader.write(`${valid}\r`)
  await page.locator('[data-screen="verdict"][data-outcome="admitted"]').waitFor()
  expect(await lane.textContent()).toContain(person.masked)
  expect(await page.content()).not.toContain(person.name)
  await vi.waitFor(
    async () => expect(await visits('platform', ['--site', site, ...atPlatform])).toHaveLength(1),
    20_000,
  )

  await reader.write(`${expired}\r`)
  await page.locator('[data-screen="verdict"][data-outcome="denied"]').waitFor()

  await platform.stop()
  for (let n = 0; n < 40; n++) {
    await reader.write(`${cccdOf(n)}\r`)
    await shown(page, n)
  }
  expect(await visits('service', ['--data', gateData])).toHaveLength(42)
  platform = await serve('platform', ['--data', platformData, '--port', port])
  await vi.waitFor(async () => {
    expect(await visits('platform', ['--site', site, ...atPlatform])).toHaveLength(42)
  }, 60_000)

  const there = await visits('platform', ['--site', site, ...atPlatform])
  const here = await visits('service', ['--data', gateData])
  expect(there.map(({ id }) => id)).toEqual(here.map(({ id }) => id))
  expectUnbroken(there)
  expect(await printed('service', ['verify', '--data', gateData])).toBe('ok 42 visits')
  expect(JSON.stringify([there, here, gate.log, platform.log])).not.toMatch(/Nguyễn Văn Mẫu|001090000001/)
  expect(faults).toEqual([])
}, 180_000)

/** The screen shows invented person `n`, with the name masked. */
async function shown(page: Page, n: number) {
  const { name, document } = cardOf(n)
  await page
    .getByText(`${'*'.repeat(6)}${document.slice(6)}`)
    .first()
    .waitFor()
  expect(await page.content()).not.toContain(name)
}

function expectUnbroken(log: readonly Visit[]) {
  let prev = firstPrev
  for (const [i, visit] of log.entries()) {
    expect(visit.seq).toBe(i + 1)
    expect(visit.prev).toBe(prev)
    const { device: _device, log: _log, receivedAt: _receivedAt, ...sent } = visit
    expect(visitHash(sent)).toBe(visit.hash)
    prev = visit.hash
  }
}
