import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { tempFolder } from './support/folder.ts'
import { cccdOf } from './support/people.ts'
import { printed, serve, visits } from './support/programs.ts'
import { openPty } from './support/pty.ts'
import { watchGreens } from './support/watch.ts'

const kills = 50

it(`loses no visit that was shown green when the service is killed ${kills} times in a stream of scans`, async () => {
  const data = tempFolder()
  const reader = await openPty()
  const settings = join(tempFolder(), 'settings.json')
  const readers = [{ id: 'r1', driver: 'serial', path: reader.path }]
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'in', readers }] }))

  const green = new Map<string, number>()
  let streaming = true
  const stream = async () => {
    for (let person = 0; streaming; person++) await reader.write(`${cccdOf(person)}\r`)
  }
  // A cable that nobody reads holds the writer back: it ends when the reader is unplugged.
  stream().catch(() => {})

  for (let kill = 0; kill < kills; kill++) {
    const service = await serve('service', ['--data', data, '--settings', settings])
    const enough = Promise.withResolvers<void>()
    // How many people pass before the kill differs from life to life.
    let left = 1 + ((kill * 7) % 11)
    const watched = watchGreens(service.url, ({ visit }) => {
      green.set(visit.id, visit.seq)
      if (--left === 0) enough.resolve()
    })
    await enough.promise
    await service.stop('SIGKILL')
    await watched
  }
  streaming = false

  expect(green.size).toBeGreaterThanOrEqual(kills)
  const stored = new Map((await visits('service', ['--data', data])).map((visit) => [visit.id, visit.seq]))
  const missing = [...green].filter(([id, seq]) => stored.get(id) !== seq)
  expect(missing).toEqual([])
  expect(await printed('service', ['verify', '--data', data])).toBe(`ok ${stored.size} visits`)
}, 300_000)
