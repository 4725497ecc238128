import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { State } from '../contract/state.ts'
import { tempFolder } from './support/folder.ts'
import { cardOf, cccdOf, toCccd } from './support/people.ts'
import { type Program, printed, serve, visits } from './support/programs.ts'
import { openPty, type Pty } from './support/pty.ts'
import { watchStates } from './support/watch.ts'

let data: string
let reader: Pty
let gate: Program
let states: State[]

beforeEach(async () => {
  data = tempFolder()
  reader = await openPty()
  const settings = join(tempFolder(), 'settings.json')
  const readers = [{ id: 'r1', driver: 'serial', path: reader.path }]
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'in', readers }] }))
  gate = await serve('service', ['--data', data, '--settings', settings])
  states = []
  watchStates(gate.url, (state) => states.push(state))
})

const screens = () => states.flatMap(({ lanes }) => lanes.map(({ screen }) => screen))
const verdicts = () => screens().flatMap((screen) => (screen.kind === 'verdict' ? [screen.verdict] : []))

/** The gate still works: a person who comes next gets green. */
async function expectGreen(n: number) {
  await reader.write(`${cccdOf(n)}\r`)
  const document = `******${cardOf(n).document.slice(6)}`
  await vi.waitFor(() => {
    const passed = verdicts().filter(({ outcome }) => outcome === 'admitted')
    expect(passed.map(({ masked }) => masked.document)).toContain(document)
  }, 15_000)
}

/** So many MB in one piece, without any of the bytes that end a message. */
async function flood(megabytes: number) {
  const block = 'A'.repeat(64 * 1024)
  for (let sent = 0; sent < megabytes * 1024 * 1024; sent += block.length) await reader.write(block)
}

/** Resident memory in bytes, as the system counts it. */
function resident(): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gate.pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

describe('a gate that is fed nonsense', () => {
  it('answers 10 MB without an end, keeps nothing of it, and reads the next code', async () => {
    await flood(10)
    await vi.waitFor(() => expect(screens()).toContainEqual({ kind: 'retry' }), 15_000)
    await reader.write('\r')
    await expectGreen(1)
    expect(gate.log.filter((line) => line.includes('"why":"overlong"'))).toHaveLength(1)

    const before = resident()
    for (let n = 2; n <= 5; n++) {
      await flood(10)
      await reader.write('\r')
      await expectGreen(n)
    }
    expect(resident() - before).toBeLessThan(20 * 1024 * 1024)
  })

  it.each([
    { what: 'invalid UTF-8', bytes: Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xa0, 0xa1, 0xf0, 0x28, 0x8c, 0x28]) },
    { what: 'NULs', bytes: Buffer.from('\0\0\0a\0b\0') },
    { what: 'control characters', bytes: Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 27, 28, 127, 0x80, 0x9b]) },
    { what: 'a terminal escape', bytes: Buffer.from('\u001b]0;owned\u0007\u001b[2J\u001b[31mred') },
    { what: 'HTML', bytes: Buffer.from('<img src=x onerror=alert(1)><script>alert(1)</script>') },
    { what: 'a signed code that is none', bytes: Buffer.from('VNG1:<script>alert(1)</script>') },
  ])('denies $what and stores what it was, not what it held', async ({ bytes }) => {
    await reader.write(Buffer.concat([bytes, Buffer.from('\r')]))
    await vi.waitFor(
      () => expect(verdicts()).toContainEqual(expect.objectContaining({ outcome: 'denied', masked: {} })),
      15_000,
    )
    await expectGreen(3)
    const [first] = await visits('service', ['--data', data])
    expect(first?.personal).toMatchObject({ subject: null, masked: {}, sealed: null })
    expect(JSON.stringify([first, gate.log])).not.toMatch(/alert|owned/)
  })

  it.each(['document', 'former', 'name', 'born', 'sex', 'address', 'issued'] as const)(
    'gives a clear answer to HTML and terminal escapes in the %s of a card',
    async (field) => {
      await reader.write(`${toCccd({ ...cardOf(4), [field]: '<b onclick=alert(1)>\u001b[31mx\u0000</b>' })}\r`)
      await vi.waitFor(() => expect(verdicts().length).toBeGreaterThan(0), 15_000)
      await expectGreen(5)
      const stdout = await printed('service', ['visits', '--data', data])
      expect(stdout).not.toContain('\u001b')
      expect(stdout + gate.log.join('\n')).not.toContain('onclick')
    },
  )

  it('says that the reader is gone, drops the torn code, and reads again when it is back', async () => {
    await expectGreen(6)
    await reader.write(cccdOf(7).slice(0, 30))
    await reader.unplug()
    await vi.waitFor(() => expect(screens()).toContainEqual({ kind: 'fault', fault: 'reader-lost' }), 15_000)
    await reader.plug()
    await vi.waitFor(() => expect(screens().at(-1)).toEqual({ kind: 'idle' }), 15_000)
    await expectGreen(8)
    expect(await visits('service', ['--data', data])).toHaveLength(2)
    expect(
      gate.log.filter((line) => line.includes('"reader":"r1"') && !line.includes('"open"')).length,
    ).toBeGreaterThan(0)
  })
})
