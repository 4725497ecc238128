import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openPage } from './support/chromium.ts'
import { tempFolder } from './support/folder.ts'
import { cccdOf } from './support/people.ts'
import { serve } from './support/programs.ts'
import { openPty } from './support/pty.ts'

async function openGate() {
  const data = tempFolder()
  const reader = await openPty()
  const settings = join(tempFolder(), 'settings.json')
  const readers = [{ id: 'r1', driver: 'serial', path: reader.path }]
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'in', readers }] }))
  const args = ['--data', data, '--settings', settings]
  const key = { GATE_KIOSK_KEY: 'a-secret-that-whoever-restarts-it-keeps' }
  const gate = await serve('service', args, key)
  const { page } = await openPage()
  await page.goto(gate.url)
  const screen = (kind: string) => page.locator(`[data-screen="${kind}"]`).waitFor({ timeout: 30_000 })
  await screen('idle')
  const again = () => serve('service', [...args, '--port', new URL(gate.url).port], key)
  return { gate, reader, page, screen, again }
}

it('says that it has no connection when the service is killed, and goes on when it is back', async () => {
  const { gate, reader, screen, again } = await openGate()
  await gate.stop('SIGKILL')
  await screen('disconnected')
  await again()
  await screen('idle')
  await reader.write(`${cccdOf(1)}\r`)
  await screen('verdict')
}, 90_000)

it('does not go on showing what a hanging service said last', async () => {
  const { gate, reader, page, screen } = await openGate()
  await reader.write(`${cccdOf(1)}\r`)
  await screen('verdict')
  process.kill(gate.pid, 'SIGSTOP')
  await screen('disconnected')
  expect(await page.getByText('******').count()).toBe(0)
  process.kill(gate.pid, 'SIGCONT')
  await screen('idle')
}, 90_000)

it('shows the fault while the reader is unplugged, and the invitation when it is back', async () => {
  const { reader, screen } = await openGate()
  await reader.unplug()
  await screen('fault')
  await reader.plug()
  await screen('idle')
}, 60_000)
