import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Screen, State } from '../contract/state.ts'
import { filesIn, tempFolder } from './support/folder.ts'
import { cccdOf } from './support/people.ts'
import { printed, run, serve, visits } from './support/programs.ts'
import { openPty, type Pty } from './support/pty.ts'
import { watchStates } from './support/watch.ts'

type Gate = {
  readonly data: string
  readonly log: string[]
  /** Every state that its page was sent so far. */
  readonly states: State[]
  readonly reader: Pty
  /** Settles with the screen of the lane as soon as it is as wanted. */
  screen(wanted: (screen: Screen) => boolean): Promise<Screen>
}

/** A gate without a platform, with one reader. */
async function startGate(): Promise<Gate> {
  const data = tempFolder()
  const reader = await openPty()
  const settings = join(tempFolder(), 'settings.json')
  const readers = [{ id: 'r1', driver: 'serial', path: reader.path, baudRate: 9600 }]
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'in', readers }] }))
  const { url, log } = await serve('service', ['--data', data, '--settings', settings])
  const states: State[] = []
  watchStates(url, (state) => states.push(state))
  const screen = (wanted: (screen: Screen) => boolean) =>
    vi.waitFor(() => {
      const now = states.at(-1)?.lanes[0]?.screen
      if (now === undefined || !wanted(now)) throw new Error(`expected another screen than ${JSON.stringify(now)}`)
      return now
    }, 20_000)
  await screen(({ kind }) => kind === 'idle')
  return { data, log, states, reader, screen }
}

async function startPlatform() {
  const at = ['--data', tempFolder()]
  const { log } = await serve('platform', at)
  const site = await printed('platform', ['site', 'add', '--name', 'Chợ Mẫu', '--kind', 'market', ...at])
  const makeCode = () => printed('platform', ['enrolment', '--site', site, ...at])
  return { log, makeCode, visits: () => visits('platform', ['--site', site, ...at]) }
}

const tokenOf = (code: string) => /token=([^&]+)/.exec(code)?.[1] ?? ''

/** A platform that takes a request and answers nothing until it is told to. */
async function startSilent(): Promise<{ code: string; taken: ServerResponse[] }> {
  const taken: ServerResponse[] = []
  const server: Server = createServer((_request, response) => taken.push(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  const url = encodeURIComponent(`http://127.0.0.1:${address.port}`)
  return { code: `gate-enrol:?url=${url}&token=a-token-of-nobody&key=${'A'.repeat(43)}`, taken }
}

it('joins a platform by its code held to the reader, once, and keeps the token nowhere', async () => {
  const platform = await startPlatform()
  const gate = await startGate()
  const [code, another] = [await platform.makeCode(), await platform.makeCode()]
  await gate.reader.write(`${cccdOf(1)}\r`)
  await gate.screen(({ kind }) => kind === 'verdict')

  await gate.reader.write(`${code}\r`)
  expect(await gate.screen((screen) => screen.kind === 'setup' && screen.step !== 'enrolling')).toEqual({
    kind: 'setup',
    step: 'enrolled',
    why: '',
  })
  await vi.waitFor(() => {
    const { site, gate: name, sync } = gate.states.at(-1) ?? {}
    expect([site, name, sync]).toEqual(['Chợ Mẫu', 'Cổng A', { kind: 'online', waiting: 0 }])
  }, 20_000)
  // The code itself is no visit.
  expect((await platform.visits()).map(({ credential }) => credential.kind)).toEqual(['cccd'])

  await gate.reader.write(`${another}\r`)
  expect(await gate.screen(({ kind }) => kind === 'verdict')).toMatchObject({
    verdict: { outcome: 'denied', reason: 'not-personal', credential: { kind: 'enrol', verified: false } },
  })
  await vi.waitFor(async () => expect(await platform.visits()).toHaveLength(2), 20_000)
  const files = filesIn(gate.data).map((path) => readFileSync(path, 'latin1'))
  const everything = JSON.stringify([gate.states, gate.log, platform.log, await platform.visits(), files])
  for (const token of [code, another].map(tokenOf)) {
    expect(token).toHaveLength(22)
    expect(everything).not.toContain(token)
  }
  // A gate that has a platform uses up no code.
  const elsewhere = await run('service', ['enrol', '--data', tempFolder(), another])
  expect([elsewhere.status, elsewhere.stderr]).toEqual([0, ''])
}, 90_000)

it('says why a code is refused, and can be joined by another one', async () => {
  const platform = await startPlatform()
  const gate = await startGate()
  const used = await platform.makeCode()
  await printed('service', ['enrol', '--data', tempFolder(), used])
  await gate.reader.write(`${used}\r`)
  expect(await gate.screen((screen) => screen.kind === 'setup' && screen.step !== 'enrolling')).toEqual({
    kind: 'setup',
    step: 'refused',
    why: expect.stringContaining('the code was used before or has expired'),
  })
  expect(gate.states.at(-1)?.sync).toEqual({ kind: 'not-enrolled', waiting: 0 })
  await gate.reader.write(`${await platform.makeCode()}\r`)
  await gate.screen((screen) => screen.kind === 'setup' && screen.step === 'enrolled')
  await vi.waitFor(() => expect(gate.states.at(-1)?.site).toBe('Chợ Mẫu'), 20_000)
}, 90_000)

it('works on where the identity that it was given cannot be kept, and says so', async () => {
  const platform = await startPlatform()
  const gate = await startGate()
  // Where the file is written before it gets its name.
  mkdirSync(join(gate.data, 'enrolment.json.part'))
  await gate.reader.write(`${await platform.makeCode()}\r`)
  const screen = await gate.screen((shown) => shown.kind === 'setup' && shown.step !== 'enrolling')
  expect(screen).toMatchObject({ step: 'refused', why: expect.stringMatching(/cannot be kept.*a new code/) })
  await gate.reader.write(`${cccdOf(1)}\r`)
  expect(await gate.screen(({ kind }) => kind === 'verdict')).toMatchObject({ verdict: { outcome: 'admitted' } })
}, 60_000)

it('lets people pass while the platform of a code takes its time', async () => {
  const gate = await startGate()
  const { code, taken } = await startSilent()
  await gate.reader.write(`${code}\r`)
  expect(await gate.screen(({ kind }) => kind === 'setup')).toEqual({ kind: 'setup', step: 'enrolling', why: '' })
  await vi.waitFor(() => expect(taken).toHaveLength(1), 10_000)
  for (const n of [1, 2, 3]) {
    await gate.reader.write(`${cccdOf(n)}\r`)
    await gate.screen((screen) => screen.kind === 'verdict' && screen.verdict.visit.seq === n)
  }
  const other = code.replace('nobody', 'somebody')
  await gate.reader.write(`${other}\r`)
  const screen = await gate.screen((shown) => shown.kind === 'setup' && shown.step === 'refused')
  expect(screen).toMatchObject({ why: 'another code is being tried' })
  taken[0]?.writeHead(410).end()
  await gate.screen((shown) => shown.kind === 'setup' && shown.why.includes('the code was used before'))
  expect((await visits('service', ['--data', gate.data])).map(({ outcome }) => outcome)).toEqual(
    Array.from({ length: 3 }, () => 'admitted'),
  )
  expect(JSON.stringify([gate.states, gate.log])).not.toMatch(/of-(?:no|some)body/)
}, 60_000)
