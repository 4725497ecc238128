import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { tempFolder } from './support/folder.ts'
import { cccdOf } from './support/people.ts'
import { printed, serve, visits } from './support/programs.ts'
import { openPty } from './support/pty.ts'
import { watchGreens } from './support/watch.ts'

/** `npm run soak` asks for more. */
const kills = Number(process.env['KILLS'] ?? 200)
/** While one starts, another can work. */
const gates = 4

type Gate = { readonly data: string; readonly settings: string; write(code: string): Promise<void> }

async function makeGate(): Promise<Gate> {
  const reader = await openPty()
  const settings = join(tempFolder(), 'settings.json')
  const readers = [{ id: 'r1', driver: 'serial', path: reader.path }]
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'in', readers }] }))
  return { data: tempFolder(), settings, write: (code) => reader.write(code) }
}

/** Kills the gate's service again and again in a stream of people who each come once; gives all that it showed green. */
async function killed({ data, settings, write }: Gate, times: number): Promise<Map<string, number>> {
  const green = new Map<string, number>()
  let streaming = true
  const stream = async () => {
    for (let person = 0; streaming; person++) await write(`${cccdOf(person)}\r`)
  }
  // A cable that nobody reads holds the writer back: it ends when the reader is unplugged.
  stream().catch(() => {})
  for (let kill = 0; kill < times; kill++) {
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
  return green
}

it(`loses no visit that was shown green, and doubles none, when the service is killed ${kills} times in a stream of scans`, async () => {
  const each = Math.ceil(kills / gates)
  const all = await Promise.all(Array.from({ length: gates }, makeGate))
  const shown = await Promise.all(all.map((gate) => killed(gate, each)))
  for (const [i, { data }] of all.entries()) {
    const green = shown[i] ?? new Map<string, number>()
    expect(green.size).toBeGreaterThanOrEqual(each)
    const stored = await visits('service', ['--data', data])
    const held = new Map(stored.map(({ id, seq }) => [id, seq]))
    expect([...green].filter(([id, seq]) => held.get(id) !== seq)).toEqual([])
    // A kill may cut a code in two, and neither half is anybody's.
    const people = stored.flatMap(({ personal }) => personal?.masked.document ?? [])
    expect(new Set(people).size).toBe(people.length)
    expect(await printed('service', ['verify', '--data', data])).toBe(`ok ${stored.length} visits`)
  }
}, 3_000_000)
