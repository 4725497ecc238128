import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { OutputSettings } from '../../contract/settings.ts'
import { isOutputDevice, type OpenOutput, type OutputDriver, type OutputSignal } from '../../drivers/outputs/driver.ts'
import { hidrelay, usbrelay } from '../../drivers/outputs/hid-relays.ts'
import { gapMs } from '../../drivers/outputs/pulse.ts'
import { hw667, lcus } from '../../drivers/outputs/serial-relays.ts'
import type { DeviceInfo } from '../../drivers/readers/driver.ts'
import { FakeHid } from '../support/hid.ts'
import { openPty } from '../support/pty.ts'

const verdict = (outcome: 'admitted' | 'warned' | 'denied', direction: 'in' | 'out' = 'in'): OutputSignal => ({
  kind: 'verdict',
  outcome,
  direction,
})

async function openOutput(driver: OutputDriver, device: DeviceInfo, settings: object) {
  const told: string[] = []
  const parsed = OutputSettings.parse({ id: 'gate', driver: driver.name, ...settings })
  if (!isOutputDevice(parsed)) throw new Error('expected an output with a driver')
  expect(driver.matches(device, parsed)).toBe(true)
  const output = await driver.open(device, parsed, {
    lost: (why) => void told.push(`lost: ${why}`),
    dropped: () => void told.push('dropped'),
  })
  onTestFinished(() => output.close())
  return { output, told }
}

/** A serial board at a pty. Every command that arrives is noted with the time of its arrival. */
async function serialBoard(driver: OutputDriver, commandLength: number, settings: object = {}) {
  const pty = await openPty()
  const device: DeviceInfo = { kind: 'serial', id: pty.path, path: pty.path, usb: null }
  const { output, told } = await openOutput(driver, device, { path: pty.path, ...settings })
  const commands = () =>
    pty
      .received()
      .toString('hex')
      .match(new RegExp(`.{${commandLength * 2}}`, 'g')) ?? []
  /** Settles, with the time, when this many commands arrived. */
  const arrived = async (count: number) => {
    await vi.waitFor(() => expect(commands().length).toBeGreaterThanOrEqual(count), { timeout: 3000, interval: 2 })
    return performance.now()
  }
  return { pty, output, told, commands, arrived }
}

const [lcusOff1, lcusOn1, lcusOff2, lcusOn2] = ['a00100a1', 'a00101a2', 'a00200a2', 'a00201a3']

describe('an LCUS relay at a serial port', () => {
  it('is opened when it is plugged in, and closed for the pulse of each who may pass', async () => {
    const { output, commands, arrived } = await serialBoard(lcus, 4, { pulseMs: 200 })
    await arrived(1)
    expect(commands()).toEqual([lcusOff1])
    output.signal(verdict('admitted'))
    output.signal(verdict('warned'))
    const times = [await arrived(2), await arrived(3), await arrived(4), await arrived(5)]
    expect(commands()).toEqual([lcusOff1, lcusOn1, lcusOff1, lcusOn1, lcusOff1])
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0))
    // The timer of the program and the ear of the test are each right to a few milliseconds.
    const least = [200, gapMs, 200].map((ms) => ms - 15)
    expect(gaps.map((gap, i) => gap >= (least[i] ?? 0))).toEqual([true, true, true])
  })

  it('stays open for whoever is denied, and when the lane is idle or at fault', async () => {
    const { output, commands, arrived } = await serialBoard(lcus, 4)
    for (const signal of [verdict('denied'), { kind: 'idle' }, { kind: 'fault' }] as const) output.signal(signal)
    await output.close()
    await arrived(2)
    expect(commands()).toEqual([lcusOff1, lcusOff1])
  })

  it('has a contact for each direction, and none for one that the settings leave out', async () => {
    const both = await serialBoard(lcus, 4, { channels: { in: 1, out: 2 } })
    both.output.signal(verdict('admitted', 'out'))
    both.output.signal(verdict('admitted', 'in'))
    await both.arrived(4)
    expect(both.commands()).toEqual([lcusOff1, lcusOff2, lcusOn2, lcusOn1])
    const one = await serialBoard(lcus, 4, { channels: { out: 2 } })
    one.output.signal(verdict('admitted', 'in'))
    one.output.signal(verdict('admitted', 'out'))
    await one.arrived(2)
    expect(one.commands()).toEqual([lcusOff2, lcusOn2])
  })

  it('is opened in the middle of a pulse when the gate stops', async () => {
    const { output, told, commands, arrived } = await serialBoard(lcus, 4, { pulseMs: 500 })
    output.signal(verdict('admitted'))
    const closed = await arrived(2)
    await output.close()
    const opened = await arrived(3)
    expect(commands()).toEqual([lcusOff1, lcusOn1, lcusOff1])
    expect(opened - closed).toBeLessThan(400)
    expect(told).toEqual([])
  })

  it('is lost, once, when it is pulled out in the middle of a pulse', async () => {
    const { pty, output, told, arrived } = await serialBoard(lcus, 4)
    output.signal(verdict('admitted'))
    await arrived(2)
    await pty.unplug()
    await vi.waitFor(() => expect(told).toHaveLength(1))
    await output.close()
    expect(told).toEqual([expect.stringMatching(/^lost: \w{3}/)])
  })

  it('says how many passages it could not signal', async () => {
    const { output, told } = await serialBoard(lcus, 4)
    for (let i = 0; i < 5; i++) output.signal(verdict('admitted'))
    expect(told).toEqual(['dropped', 'dropped', 'dropped'])
  })

  it('rejects with a reason while it is not there', async () => {
    const device: DeviceInfo = { kind: 'serial', id: '/dev/nothing', path: '/dev/nothing', usb: null }
    await expect(openOutput(lcus, device, { path: '/dev/nothing' })).rejects.toThrow(/\w{4}/)
  })
})

describe('an HW-667 relay at a serial port', () => {
  it('times the pulse itself, and is told to open at the start, after the pulse, and at the end', async () => {
    const { output, commands, arrived } = await serialBoard(hw667, 1)
    await arrived(1)
    output.signal(verdict('admitted'))
    const closed = await arrived(2)
    const opened = await arrived(3)
    expect(opened - closed).toBeGreaterThan(1000)
    await output.close()
    await arrived(4)
    expect(commands()).toEqual(['bb', 'cc', 'bb', 'bb'])
  })
})

const usb = { vendorId: '16c0', productId: '05df', serialNumber: null, port: '1-2' }
const hidNamed = (name: string): DeviceInfo => ({
  kind: 'hid',
  id: '/dev/hidraw0',
  path: '/dev/hidraw0',
  usb,
  name,
  usagePage: 0xff00,
  usage: 1,
  descriptor: null,
})

const report = (...bytes: number[]) => Array.from({ length: 9 }, (_, i) => bytes[i] ?? 0)

/** Which contacts a board has closed that does as it is told. */
const contactsOf = (written: readonly number[][]) =>
  written.reduce((closed, [, command, channel = 0]) => {
    const bit = 1 << (channel - 1)
    return command === 0xff ? closed | bit : closed & ~bit
  }, 0)

const usbRelayBoard = () =>
  new FakeHid((written) => Uint8Array.from([0x41, 0x42, 0x43, 0x44, 0x45, 0, 0, contactsOf(written)]))

const place = { usb: { vendorId: '16c0', productId: '05df' } }

describe('a USBRelay board', () => {
  it('is told by reports of nine bytes', async () => {
    const board = usbRelayBoard()
    const { output } = await openOutput(usbrelay(board.open), hidNamed('www.dcttech.com USBRelay2'), {
      ...place,
      pulseMs: 200,
      channels: { in: 2 },
    })
    output.signal(verdict('admitted'))
    await vi.waitFor(() => expect(board.written).toHaveLength(3), 2000)
    expect(board.written).toEqual([report(0, 0xfd, 2), report(0, 0xff, 2), report(0, 0xfd, 2)])
    await output.close()
    expect([board.written.at(-1), board.isOpen]).toEqual([report(0, 0xfd, 2), false])
  })

  it.each([
    ['does not open its contact', Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0b01]), /contact 1 .* does not open/],
    ['does not tell its state', new Uint8Array(3), /does not tell the state/],
  ])('is refused, and set free, when it %s at the start', async (_what, state, why) => {
    const board = new FakeHid(() => state)
    await expect(openOutput(usbrelay(board.open), hidNamed('USBRelay1'), place)).rejects.toThrow(why)
    expect(board.isOpen).toBe(false)
  })

  it('is lost when it does not open its contact after the pulse', async () => {
    const board = usbRelayBoard()
    const { output, told } = await openOutput(usbrelay(board.open), hidNamed('USBRelay1'), place)
    output.signal(verdict('admitted'))
    await vi.waitFor(() => expect(board.written).toHaveLength(2))
    board.refuse('no such device')
    await vi.waitFor(() => expect(told).toEqual(['lost: no such device']), 2000)
    expect(contactsOf(board.written)).toBe(1)
    board.refuse(null)
    await output.close()
    expect(contactsOf(board.written)).toBe(0)
  })

  it('is not any other device with the ids that hobbyists share', () => {
    const settings = OutputSettings.parse({ id: 'a', driver: 'usbrelay', ...place })
    if (!isOutputDevice(settings)) throw new Error('expected a relay')
    const driver = usbrelay(new FakeHid().open)
    const names = ['USBRelay8', 'HIDRelay', 'DigiUSB']
    expect(names.map((name) => driver.matches(hidNamed(name), settings))).toEqual([true, false, false])
  })
})

describe('a HIDRelay board', () => {
  it('is told by one byte, F0 and the contact, or the contact alone', async () => {
    const board = new FakeHid()
    const { output } = await openOutput(hidrelay(board.open), hidNamed('HIDRelay'), {
      ...place,
      pulseMs: 200,
      channels: { in: 3 },
    })
    output.signal(verdict('warned'))
    await vi.waitFor(() => expect(board.written).toHaveLength(3), 2000)
    expect(board.written).toEqual([report(0, 0x03), report(0, 0xf3), report(0, 0x03)])
  })

  it('is lost when it is pulled out', async () => {
    const board = new FakeHid()
    const { told } = await openOutput(hidrelay(board.open), hidNamed('HIDRelay'), place)
    board.unplug()
    expect(told).toEqual(['lost: could not read from HID device'])
  })
})

describe('a board that does not answer', () => {
  const silentAfter = (count: number) => {
    const board = new FakeHid()
    let left = count
    const driver = hidrelay(async (path) => {
      const port = await board.open(path)
      return { ...port, write: (bytes) => (left-- > 0 ? port.write(bytes) : new Promise<void>(() => {})) }
    })
    return { board, driver }
  }

  it('is not waited for at the start', async () => {
    const { board, driver } = silentAfter(0)
    await expect(openOutput(driver, hidNamed('HIDRelay'), place)).rejects.toThrow('takes longer than')
    expect(board.isOpen).toBe(false)
  })

  it('is lost, and not waited for at the end', async () => {
    const { board, driver } = silentAfter(1)
    const { output, told }: { output: OpenOutput; told: string[] } = await openOutput(
      driver,
      hidNamed('HIDRelay'),
      place,
    )
    output.signal(verdict('admitted'))
    await vi.waitFor(() => expect(told).toEqual([expect.stringContaining('takes longer than')]), 2000)
    await output.close()
    expect(board.isOpen).toBe(false)
  })
})
