import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ReaderSettings } from '../../contract/settings.ts'
import { listDevices } from '../../drivers/discovery.ts'
import type { DeviceInfo, ReaderDriver } from '../../drivers/readers/driver.ts'
import { readerDrivers } from '../../drivers/readers/index.ts'
import { serial } from '../../drivers/readers/serial.ts'
import { ReaderSupervisor } from '../../drivers/readers/supervisor.ts'
import { tempFolder } from '../support/folder.ts'
import { cccdOf } from '../support/people.ts'
import { openPty } from '../support/pty.ts'

const serialReader = (id: string, path: string) => ReaderSettings.parse({ id, driver: 'serial', path })

type Parts = { drivers?: readonly ReaderDriver[]; list?: typeof listDevices }

/** A supervisor at work, and all that it tells as `reader what`. */
function supervise(readers: readonly ReaderSettings[], { drivers = readerDrivers, list = listDevices }: Parts = {}) {
  const told: string[] = []
  const supervisor = new ReaderSupervisor(readers, drivers, list, {
    reading: async (reader, bytes) => void told.push(`${reader} read ${Buffer.from(bytes).toString('utf8')}`),
    overlong: (reader) => void told.push(`${reader} overlong`),
    state: (reader, state) => void told.push(`${reader} ${state.kind}`),
  })
  onTestFinished(() => supervisor.stop())
  return { supervisor, told }
}

/** Matches as the serial driver does, opens nothing, and notes what it was asked to open and close. */
function standIn(open: (path: string) => Promise<void> = async () => {}) {
  const calls: string[] = []
  const lose = new Map<string, () => void>()
  const driver: ReaderDriver = {
    name: 'serial',
    matches: serial.matches,
    async open(device, settings, on) {
      const what = `${device.id} for ${settings.id}`
      calls.push(`open ${what}`)
      lose.set(device.id, () => on.lost('cable cut'))
      await open(device.id)
      return { close: async () => void calls.push(`close ${what}`) }
    },
  }
  return { driver, calls, lose }
}

const usb = (path: string): DeviceInfo => ({ kind: 'serial', id: path, path, usb: true })
const named = (id: string, path: string): DeviceInfo => ({ kind: 'serial', id, path, usb: false })

describe('the supervisor with real serial ports', () => {
  it('reads again when a reader that was unplugged comes back', async () => {
    const pty = await openPty()
    const { supervisor, told } = supervise([serialReader('gate', pty.path)])
    await supervisor.start()
    expect(told).toEqual(['gate open'])
    for (const n of [1, 2]) {
      told.length = 0
      await pty.write(`${cccdOf(n)}\r`)
      await vi.waitFor(() => expect(told).toEqual([`gate read ${cccdOf(n)}`]))
      await pty.write('001090000001|torn')
      await pty.unplug()
      await vi.waitFor(() => expect(told.at(-1)).toBe('gate absent'), 5000)
      await pty.plug()
      await vi.waitFor(() => expect(told.at(-1)).toBe('gate open'), 5000)
      expect(told.filter((what) => what.includes('torn'))).toEqual([])
    }
  })

  it('finds a reader that is plugged in later', async () => {
    const path = join(tempFolder(), 'later')
    const { supervisor, told } = supervise([serialReader('gate', path)])
    await supervisor.start()
    expect(told).toEqual(['gate absent'])
    const pty = await openPty(path)
    await vi.waitFor(() => expect(told.at(-1)).toBe('gate open'), 5000)
    await pty.write('code\r')
    await vi.waitFor(() => expect(told.at(-1)).toBe('gate read code'))
  })

  it('looks after two readers at once', async () => {
    const [a, b] = [await openPty(), await openPty()]
    const { supervisor, told } = supervise([serialReader('a', a.path), serialReader('b', b.path)])
    await supervisor.start()
    await Promise.all([a.write('one\r'), b.write('two\r')])
    await vi.waitFor(() => expect(told.toSorted()).toEqual(['a open', 'a read one', 'b open', 'b read two']))
    await a.unplug()
    await vi.waitFor(() => expect(told.at(-1)).toBe('a absent'), 5000)
    await b.write('three\r')
    await vi.waitFor(() => expect(told.at(-1)).toBe('b read three'))
  })

  it('tells why a path cannot be opened', async () => {
    const path = join(tempFolder(), 'no-port')
    writeFileSync(path, '')
    const state = vi.fn()
    const ignore = { reading: async () => {}, overlong: () => {} }
    const supervisor = new ReaderSupervisor([serialReader('gate', path)], readerDrivers, listDevices, {
      ...ignore,
      state,
    })
    onTestFinished(() => supervisor.stop())
    await supervisor.start()
    expect(state.mock.calls).toEqual([['gate', { kind: 'failed', why: expect.stringMatching(/\w{4}/) }]])
  })

  it('frees its ports when it is stopped', async () => {
    const pty = await openPty()
    const first = supervise([serialReader('gate', pty.path)])
    await first.supervisor.start()
    await first.supervisor.stop()
    const second = supervise([serialReader('gate', pty.path)])
    await second.supervisor.start()
    expect(second.told).toEqual(['gate open'])
  })
})

describe('the supervisor and its devices', () => {
  const anyReader = serialReader('any', '*')
  const namedReader = serialReader('named', '/dev/serial/by-id/one')

  it.each([
    ['before', [namedReader, anyReader]],
    ['after', [anyReader, namedReader]],
  ])(
    'keeps a device that one reader names from the reader that takes any, which stands %s it',
    async (_where, readers) => {
      const { driver, calls } = standIn()
      const devices = [usb('/dev/ttyACM0'), usb('/dev/ttyACM1'), named('/dev/ttyACM0', '/dev/serial/by-id/one')]
      const { supervisor } = supervise(readers, { drivers: [driver], list: async () => devices })
      await supervisor.start()
      expect(calls.toSorted()).toEqual(['open /dev/ttyACM0 for named', 'open /dev/ttyACM1 for any'])
    },
  )

  it('gives a device over to the reader that names it when its name appears later', async () => {
    const { driver, calls } = standIn()
    const devices = [usb('/dev/ttyACM0')]
    const { supervisor, told } = supervise([anyReader, namedReader], { drivers: [driver], list: async () => devices })
    await supervisor.start()
    expect(told).toEqual(['named absent', 'any open'])
    devices.push(named('/dev/ttyACM0', '/dev/serial/by-id/one'))
    await vi.waitFor(() => expect(told.slice(2)).toEqual(['named open', 'any absent']), 5000)
    expect(calls).toEqual(['open /dev/ttyACM0 for any', 'close /dev/ttyACM0 for any', 'open /dev/ttyACM0 for named'])
  })

  it('is open for a reader that takes any while one of its devices is', async () => {
    const { driver } = standIn(async (path) => {
      if (path.endsWith('1')) throw new Error('busy')
    })
    const devices = [usb('/dev/ttyACM1'), usb('/dev/ttyACM0')]
    const { supervisor, told } = supervise([anyReader], { drivers: [driver], list: async () => devices })
    await supervisor.start()
    expect(told).toEqual(['any open'])
    devices.pop()
    await vi.waitFor(() => expect(told).toEqual(['any open', 'any failed']), 5000)
  })

  it('is not held up by a device that never answers its opening, and closes it if it does so after the end', async () => {
    const answer = Promise.withResolvers<void>()
    const { driver, calls } = standIn((path) => (path.endsWith('1') ? answer.promise : Promise.resolve()))
    const devices = [usb('/dev/ttyACM1'), usb('/dev/ttyACM0')]
    const { supervisor, told } = supervise([anyReader], { drivers: [driver], list: async () => devices })
    await supervisor.start()
    expect(told).toEqual(['any open'])
    await supervisor.stop()
    answer.resolve()
    await vi.waitFor(() => expect(calls.at(-1)).toBe('close /dev/ttyACM1 for any'))
  })

  it('waits longer and longer between attempts, up to ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const attempts: number[] = []
    const { driver } = standIn(async () => {
      attempts.push(performance.now())
      throw new Error('busy')
    })
    const { supervisor } = supervise([anyReader], { drivers: [driver], list: async () => [usb('/dev/ttyACM0')] })
    await supervisor.start()
    await vi.advanceTimersByTimeAsync(60_000)
    const pauses = attempts.slice(1).map((at, i) => Math.round((at - (attempts[i] ?? 0)) / 1000))
    expect(pauses.slice(0, 6)).toEqual([1, 1, 2, 4, 8, 10])
    expect(Math.max(...pauses)).toBe(10)
    await supervisor.stop()
  })

  it('opens a lost device again and tells each change once', async () => {
    const { driver, lose } = standIn()
    const { supervisor, told } = supervise([anyReader], { drivers: [driver], list: async () => [usb('/dev/ttyACM0')] })
    await supervisor.start()
    lose.get('/dev/ttyACM0')?.()
    expect(told).toEqual(['any open', 'any failed'])
    await vi.waitFor(() => expect(told).toEqual(['any open', 'any failed', 'any open']), 5000)
  })
})

describe('the simulated reader', () => {
  it('shows its codes in turn, for ever, until it is closed', async () => {
    const simulator = ReaderSettings.parse({ id: 'sim', driver: 'simulator', codes: ['one', 'two'], everyMs: 50 })
    const { supervisor, told } = supervise([simulator])
    await supervisor.start()
    await vi.waitFor(() => expect(told.length).toBe(4), 5000)
    expect(told).toEqual(['sim open', 'sim read one', 'sim read two', 'sim read one'])
  })
})
