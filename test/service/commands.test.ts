import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, it, vi } from 'vitest'
import { Store } from '../../service/store/index.ts'
import { bhytExamples, pccovidExamples } from '../support/examples.ts'
import { tempFolder } from '../support/folder.ts'
import { cccdOf } from '../support/people.ts'
import { printed, run, serve, visits } from '../support/programs.ts'
import { append, draftOf } from './store/drafts.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

function settingsFile(content: unknown): string {
  const file = join(tempFolder(), 'settings.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

/** A gate at which invented people pass by themselves. */
function busyGate(codes: readonly string[] = [1, 2, 3, 4, 5].map(cccdOf)): string {
  const readers = [{ id: 'r1', driver: 'simulator', codes, everyMs: 50 }]
  return settingsFile({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'in', readers, outputs: [] }] })
}

async function somePassed(data: string) {
  await vi.waitFor(async () => expect((await visits('service', ['--data', data])).length).toBeGreaterThan(2), 15_000)
}

describe('gate-kiosk serve', () => {
  it('runs through npx from the checkout, and says that it is ready in one line of JSON', async () => {
    const version = spawnSync('npx', ['--no-install', 'gate-kiosk'], { cwd: root, encoding: 'utf8' })
    expect([version.status, version.stderr]).toEqual([2, expect.stringContaining('gate-kiosk serve --data DIR')])
    const { url, pid } = await serve('service', ['--data', tempFolder()])
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?key=[\w-]{32}$/)
    expect(pid).toBeGreaterThan(1)
  })

  it('logs nothing but JSON lines, and no unmasked name or number', async () => {
    const data = tempFolder()
    const codes = [cccdOf(1), cccdOf(2), ...Object.values(pccovidExamples), ...Object.values(bhytExamples)]
    const { log, stop } = await serve('service', ['--data', data, '--settings', busyGate(codes)])
    await vi.waitFor(async () => {
      expect((await visits('service', ['--data', data])).length).toBeGreaterThanOrEqual(codes.length)
    }, 15_000)
    await stop()
    for (const line of log) expect(JSON.parse(line)).toHaveProperty('msg')
    const planted = codes.flatMap((code) => code.split(/[|<]/)).filter((field) => field.length > 6)
    expect(planted.filter((field) => log.join('\n').includes(field))).toEqual([])
  })

  it('ends cleanly and in time on SIGTERM while people pass', async () => {
    const data = tempFolder()
    const gate = await serve('service', ['--data', data, '--settings', busyGate()])
    await somePassed(data)
    // What has not ended after 1.5 s is cut off with exit code 1.
    expect(await gate.stop('SIGTERM')).toBe(0)
    expect(await printed('service', ['verify', '--data', data])).toMatch(/^ok \d+ visits$/)
  })

  it('refuses a data folder that another service works with, and takes it when that one was killed', async () => {
    const data = tempFolder()
    const first = await serve('service', ['--data', data, '--no-ui'])
    const second = await run('service', ['serve', '--data', data, '--no-ui'])
    expect([second.status, second.stderr]).toEqual([1, `another service works with ${data}\n`])
    await first.stop('SIGKILL')
    await serve('service', ['--data', data, '--no-ui'])
  })

  it('ends when it cannot start, also when the program that started it listens', async () => {
    const data = tempFolder()
    await serve('service', ['--data', data, '--no-ui'])
    await expect(serve('service', ['--data', data, '--no-ui'])).rejects.toThrow(`another service works with ${data}`)
  })

  it('refuses a secret that is too short before it starts anything', async () => {
    const data = tempFolder()
    const started = serve('service', ['--data', data], { GATE_KIOSK_KEY: 'short' })
    await expect(started).rejects.toThrow('expected GATE_KIOSK_KEY to be 32 or more')
    expect(readdirSync(data)).toEqual([])
  })

  it.each([
    {
      what: 'a wrong member',
      settings: { lanes: [{ id: 'lane-1', name: 'A', direction: 'up', readers: [] }] },
      says: 'lanes.0.direction: ',
    },
    { what: 'an unknown member', settings: { lanes: [], gates: [] }, says: 'gates' },
    { what: 'text that is not JSON', settings: '{"lanes": [', says: 'line 1: not JSON' },
  ])('refuses settings with $what with exit code 2 and says where', async ({ settings, says }) => {
    const { status, stdout, stderr } = await run('service', [
      'serve',
      '--data',
      tempFolder(),
      '--settings',
      settingsFile(settings),
    ])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(says)
  })

  it.each([
    { args: ['serve'], says: 'expected --data DIR' },
    { args: ['serve', '--data', 'x', '--port', '99999'], says: 'expected --port 0 to 65535' },
    { args: ['serve', '--data', 'x', '--wat'], says: "'--wat'" },
    { args: ['dance'], says: 'there is no command dance' },
    { args: ['enrol', '--data', 'x'], says: 'expected one enrolment code' },
  ])('explains wrong arguments with exit code 2: $args', async ({ args, says }) => {
    const { status, stderr } = await run('service', args)
    expect(status).toBe(2)
    expect(stderr).toContain(says)
  })
})

describe('a data folder', () => {
  it('that cannot be one is refused in one line', async () => {
    const file = settingsFile('no folder')
    const { status, stderr } = await run('service', ['serve', '--data', file, '--no-ui'])
    expect(status).toBe(1)
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining('the data folder cannot be used')])
  })

  it.each(['{"url":', '{"url":"https://platform.example"}'])(
    'with a damaged enrolment (%s) does not keep the gate from working, and the log says so once',
    async (damaged) => {
      const data = tempFolder()
      writeFileSync(join(data, 'enrolment.json'), damaged)
      const { log } = await serve('service', ['--data', data, '--settings', busyGate(), '--no-ui'])
      await somePassed(data)
      expect(log.filter((line) => line.includes('enrolment.json is damaged'))).toHaveLength(1)
      const enrolled = await run('service', [
        'enrol',
        '--data',
        data,
        `gate-enrol:?url=https%3A%2F%2Fx.example&token=a&key=${'A'.repeat(43)}`,
      ])
      expect([enrolled.status, enrolled.stderr]).toEqual([1, expect.stringContaining('enrolment.json is damaged')])
    },
  )
})

describe('gate-kiosk visits and verify', () => {
  it('list and prove the log while the service writes it', async () => {
    const data = tempFolder()
    await serve('service', ['--data', data, '--settings', busyGate(), '--no-ui'])
    await somePassed(data)
    const listed = await visits('service', ['--data', data])
    expect(listed.map(({ seq }) => seq)).toEqual(listed.map((_, i) => i + 1))
    expect(listed[0]).toMatchObject({ outcome: 'admitted', platform: 'waiting', simulated: true })
    expect(await printed('service', ['visits', '--data', data])).toMatch(/^\s+1 {2}\S+ {2}lane-1 {2}in {3}admitted/)
    expect(await printed('service', ['verify', '--data', data])).toMatch(/^ok \d+ visits$/)
  })

  it('name the first broken visit with exit code 1', async () => {
    const data = tempFolder()
    const gate = await serve('service', ['--data', data, '--settings', busyGate(), '--no-ui'])
    await somePassed(data)
    await gate.stop()
    const db = new Database(join(data, 'gate.db'))
    db.exec(`UPDATE visits SET body = replace(body, '"in"', '"out"') WHERE seq = 2`)
    db.close()
    const { status, stdout } = await run('service', ['verify', '--data', data])
    expect([status, stdout]).toEqual([1, 'broken at 2: the visit was changed\n'])
  })

  it('name the visit at which the file is damaged, and print what comes before it', async () => {
    const data = tempFolder()
    const store = Store.open(data, 'write')
    if (typeof store === 'string') throw new Error(store)
    await Promise.all(Array.from({ length: 400 }, (_, n) => append(store, draftOf(n % 256))))
    store.close()
    const file = join(data, 'gate.db')
    const bytes = readFileSync(file)
    const at = bytes.indexOf('"seq":300}')
    bytes.fill(0xee, at - (at % 4096), at - (at % 4096) + 64)
    writeFileSync(file, bytes)
    const verified = await run('service', ['verify', '--data', data])
    const [, seq = 0] = /^broken at (\d+): the file is damaged there\n$/.exec(verified.stdout) ?? []
    expect([verified.status, verified.stderr]).toEqual([1, ''])
    expect(Number(seq)).toBeGreaterThan(250)
    const listed = await run('service', ['visits', '--data', data, '--json'])
    expect([listed.status, listed.stderr]).toEqual([
      1,
      expect.stringMatching(/^gate-kiosk: the visits from \d+ on cannot/),
    ])
    expect(Array.isArray(JSON.parse(listed.stdout))).toBe(true)
  })

  it.each(['visits', 'verify'])('%s says that there is no gate in an empty folder', async (command) => {
    const data = tempFolder()
    const { status, stderr } = await run('service', [command, '--data', data])
    expect([status, stderr]).toEqual([1, `gate-kiosk: there is no gate database in ${data}\n`])
  })
})

describe('gate-kiosk enrol', () => {
  it.each([
    { code: 'https://example.com', says: 'expected a code that begins with gate-enrol:?' },
    { code: `gate-enrol:?url=http%3A%2F%2Fgate.example&token=a&key=${'A'.repeat(43)}`, says: 'https://' },
    { code: `gate-enrol:?url=http%3A%2F%2F127.0.0.1%3A1&token=a&key=${'A'.repeat(43)}`, says: 'cannot be reached' },
  ])('says in one line why it cannot use $code', async ({ code, says }) => {
    const { status, stderr } = await run('service', ['enrol', '--data', tempFolder(), code])
    expect(status).toBe(1)
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(says)])
  })
})
