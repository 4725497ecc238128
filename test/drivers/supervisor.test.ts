import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ReaderSettings } from '../../contract/settings.ts'
import { Claim } from '../../drivers/claim.ts'
import { listDevices } from '../../drivers/discovery/index.ts'
import { readerClaim } from '../../drivers/readers/claim.ts'
import type { DeviceInfo } from '../../drivers/readers/driver.ts'
import { readerDrivers } from '../../drivers/readers/index.ts'
import { Supervisor } from '../../drivers/supervisor.ts'
import { tempFolder } from '../support/folder.ts'
import { cccdOf } from '../support/people.ts'
import { openPty } from '../support/pty.ts'
import { serialReader, standIn, supervise, unknownUsb, usb } from './supervise.ts'

const named = (id: string, path: string): DeviceInfo => ({ kind: 'serial', id, path, usb: null })

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
    const reader = serialReader('gate', path)
    const claim = readerClaim(reader, readerDrivers, { reading: async () => {}, overlong: () => {}, state })
    const supervisor = new Supervisor([claim], () => listDevices([reader]))
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

  it('gives each sort of device to the reader that takes any of that sort, and what is named to who names it', async () => {
    const { driver, calls } = standIn()
    const scanner = (path: string, port: string): DeviceInfo => {
      const about = { name: 'Scanner', usagePage: 0x8c, usage: 2, descriptor: null }
      return { kind: 'hid', id: path, path, usb: { ...unknownUsb, port }, ...about }
    }
    const { vendorId, productId } = unknownUsb
    const readers = [
      { id: 'any HID', driver: 'hid-pos', path: '*' } as const,
      anyReader,
      { id: 'one HID', driver: 'hid-pos', usb: { vendorId, productId, port: '1-1' } } as const,
    ]
    const devices = [scanner('/dev/hidraw0', '1-1'), scanner('/dev/hidraw1', '1-2'), usb('/dev/ttyACM0')]
    const { supervisor } = supervise(readers, { drivers: [driver], list: async () => devices })
    await supervisor.start()
    expect(calls.toSorted()).toEqual([
      'open /dev/hidraw0 for one HID',
      'open /dev/hidraw1 for any HID',
      'open /dev/ttyACM0 for any',
    ])
  })

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

  it('leaves the relay board alone, which an output names, when a reader takes any device', async () => {
    const { driver, calls } = standIn()
    const output = new Claim({
      id: 'relay',
      takesAny: false,
      match: ({ id }) => (id === '/dev/ttyUSB0' ? async () => ({ close: async () => {} }) : null),
      state: () => {},
    })
    const on = { reading: async () => {}, overlong: () => {}, state: () => {} }
    const devices = [usb('/dev/ttyUSB0'), usb('/dev/ttyUSB1')]
    const supervisor = new Supervisor([readerClaim(anyReader, [driver], on), output], async () => devices)
    onTestFinished(() => supervisor.stop())
    await supervisor.start()
    expect([calls, output.ports.length]).toEqual([['open /dev/ttyUSB1 for any'], 1])
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
