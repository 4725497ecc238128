import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { OutputSettings } from '../../contract/settings.ts'
import { isOutputDevice, type OutputDriver, type OutputSignal } from '../../drivers/outputs/driver.ts'
import { openLamp } from '../../drivers/outputs/lamp.ts'
import { patlite } from '../../drivers/outputs/patlite.ts'
import { qlight } from '../../drivers/outputs/qlight.ts'
import type { DeviceInfo } from '../../drivers/readers/driver.ts'
import { FakeHid } from '../support/hid.ts'

const signals: readonly OutputSignal[] = [
  { kind: 'idle' },
  { kind: 'verdict', outcome: 'admitted', direction: 'in' },
  { kind: 'verdict', outcome: 'warned', direction: 'in' },
  { kind: 'verdict', outcome: 'denied', direction: 'out' },
  { kind: 'fault' },
]

/** Red, amber, green, blue, white of `signals`, for 0 off, 1 on, 2 blinking. */
const shown = ['00001', '00100', '02100', '20000', '12000']

async function openTower(driver: OutputDriver, device: DeviceInfo, settings: object) {
  const told: string[] = []
  const parsed = OutputSettings.parse({ id: 'tower', driver: driver.name, ...settings })
  if (!isOutputDevice(parsed)) throw new Error('expected an output with a driver')
  expect(driver.matches(device, parsed)).toBe(true)
  const output = await driver.open(device, parsed, { lost: (why) => void told.push(why), dropped: () => {} })
  onTestFinished(() => output.close())
  return { output, told }
}

describe('a QLight tower', () => {
  const usb = { vendorId: '04d8', productId: 'e73c', serialNumber: null, port: '1-2' }
  const path = '/dev/hidraw0'
  const device: DeviceInfo = {
    kind: 'hid',
    id: path,
    path,
    usb,
    name: 'QLIGHT',
    usagePage: 0xff00,
    usage: 1,
    descriptor: null,
  }

  it('is dark when it is opened, shows each state by one report, and is dark when it is closed', async () => {
    const hid = new FakeHid()
    const { output } = await openTower(qlight(hid.open), device, { path })
    for (const [i, signal] of signals.entries()) {
      output.signal(signal)
      await vi.waitFor(() => expect(hid.written).toHaveLength(i + 2))
    }
    await output.close()
    const reports = hid.written.map((report) => Buffer.from(report).toString('hex'))
    const expected = ['00000', ...shown, '00000'].map((lights) => lights.replace(/./g, '0$&'))
    expect(reports).toEqual(expected.map((lights) => `005700${lights}${'00'.repeat(9)}`))
  })

  it('is lost when it is pulled out', async () => {
    const hid = new FakeHid()
    const { told } = await openTower(qlight(hid.open), device, { path })
    hid.unplug()
    expect(told).toEqual(['could not read from HID device'])
  })
})

/** A tower in the network that answers every command, and notes it. */
async function tower(answer: (socket: Socket) => void = (socket) => void socket.write(Uint8Array.from([0x06]))) {
  const commands: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      commands.push(bytes.toString('hex'))
      answer(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { commands, server, settings: { host: '127.0.0.1', port } }
}

describe('a Patlite tower in the network', () => {
  const device: DeviceInfo = { kind: 'network', id: 'tower' }

  it('takes one command of twelve bytes for each state, its buzzer silent', async () => {
    const { commands, settings } = await tower()
    const { output } = await openTower(patlite, device, settings)
    for (const [i, signal] of signals.entries()) {
      output.signal(signal)
      await vi.waitFor(() => expect(commands).toHaveLength(i + 2))
    }
    await output.close()
    const lights = ['00000', ...shown, '00000'].map((five) => five.replace(/./g, '0$&'))
    expect(commands).toEqual(lights.map((five) => `585853000006${five}00`))
  })

  it.each([
    ['refuses', (socket: Socket) => void socket.write(Uint8Array.from([0x15])), /refused the command/],
    ['hangs up', (socket: Socket) => void socket.destroy(), /closed the connection|ECONNRESET/],
    ['never answers', () => {}, /does not answer/],
  ])('cannot be opened when it %s', async (_what, answer, why) => {
    const { settings } = await tower(answer)
    await expect(openTower(patlite, device, settings)).rejects.toThrow(why)
  })

  it('is lost, once, when it goes away', async () => {
    const { server, settings } = await tower()
    const { output, told } = await openTower(patlite, device, settings)
    server.close()
    output.signal({ kind: 'idle' })
    await vi.waitFor(() => expect(told).toEqual([expect.stringContaining('ECONNREFUSED')]))
    output.signal({ kind: 'fault' })
    await output.close()
    expect(told).toHaveLength(1)
  })
})

describe('a lamp', () => {
  it('shows the newest state after one that took its time, and none of those in between', async () => {
    const written: string[] = []
    let answered = Promise.withResolvers<void>()
    const lamp = await openLamp(
      {
        show: (lights) => {
          written.push(JSON.stringify(lights))
          return written.length === 1 ? Promise.resolve() : answered.promise
        },
        close: async () => {},
      },
      { lost: () => {}, dropped: () => {} },
    )
    for (const signal of signals) lamp.signal(signal)
    const first = answered
    answered = Promise.withResolvers<void>()
    answered.resolve()
    first.resolve()
    await vi.waitFor(() => expect(written).toHaveLength(3))
    await lamp.close()
    expect(written).toEqual(['{}', '{"white":"on"}', '{"red":"on","amber":"blink"}', '{}'])
  })

  it('is told again every ten seconds, because it may have lost its power in between', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const show = vi.fn(async () => {})
    const lamp = await openLamp({ show, close: async () => {} }, { lost: () => {}, dropped: () => {} })
    lamp.signal({ kind: 'idle' })
    await vi.advanceTimersByTimeAsync(0)
    lamp.signal({ kind: 'idle' })
    await vi.advanceTimersByTimeAsync(35_000)
    expect(show).toHaveBeenCalledTimes(1 + 1 + 3)
    await lamp.close()
    expect([show.mock.calls.length, vi.getTimerCount()]).toEqual([1 + 1 + 3 + 1, 0])
  })
})
