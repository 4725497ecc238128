import fc from 'fast-check'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { OpenHid } from '../../drivers/hid-port.ts'
import type { DeviceInfo } from '../../drivers/readers/driver.ts'
import { hidPos, hidPosThrough } from '../../drivers/readers/hid-pos/index.ts'
import { FakeHid } from '../support/hid.ts'
import { cccdOf } from '../support/people.ts'
import { describeReader, type Script } from './contract.ts'
import { descriptors, reportsOf, type ShapeName, shapeNames } from './hid-pos-reports.ts'

const path = '/dev/hidraw9'
const usb = { vendorId: '05f9', productId: '4204', serialNumber: 'A1', port: '1-2' }
const honeywell = { ...usb, vendorId: '0c2e' }
const settings = { id: 'reader', driver: 'hid-pos', path } as const

type Hid = Extract<DeviceInfo, { kind: 'hid' }>
const scanner = { kind: 'hid', id: path, path, usb, name: 'Scanner', usagePage: 0x8c, usage: 2 } as const
const deviceOf = (change: Partial<Hid> = {}): Hid => ({ ...scanner, descriptor: descriptors.honeywell, ...change })

const makeHidPos = (shape: ShapeName, descriptor: Uint8Array | null) => async (script: Script) => {
  const hid = new FakeHid()
  const codes = script.codes.map((code) => reportsOf(code, shape))
  const torn = reportsOf(script.torn ?? '', shape).slice(0, -1)
  const send = async () => {
    for (const report of [...codes, torn].flat()) {
      hid.send(report)
      if (script.packets === 'split') await new Promise(setImmediate)
    }
  }
  const rest = { unplug: async () => hid.unplug(), plug: async () => hid.plug() }
  return { driver: hidPosThrough(hid.open), device: deviceOf({ descriptor }), settings, send, ...rest }
}

for (const shape of shapeNames) {
  describeReader(`a HID POS reader (${shape}, with its descriptor)`, makeHidPos(shape, descriptors[shape]))
  describeReader(`a HID POS reader (${shape}, without a descriptor)`, makeHidPos(shape, null))
}

/** A port is read one tick after it was listened to. */
const readingBegins = () => new Promise(setImmediate)

async function opened(device: Hid, reading: () => Promise<void> = async () => {}) {
  const hid = new FakeHid()
  const told: string[] = []
  const reader = await hidPosThrough(hid.open).open(device, settings, {
    reading(bytes) {
      told.push(Buffer.from(bytes).toString())
      return reading()
    },
    overlong: () => void told.push('OVERLONG'),
    lost: (why) => void told.push(`LOST: ${why}`),
  })
  onTestFinished(() => reader.close())
  await readingBegins()
  const send = (code: string, clone = false) => {
    for (const report of reportsOf(code, 'honeywell', clone)) hid.send(report)
  }
  return { hid, reader, told, send }
}

afterEach(() => vi.useRealTimers())

describe('a HID POS reader', () => {
  it.each([
    ['a keyboard on the same path', { usagePage: 1, usage: 6 }],
    ['a cordless base', { usage: 4 }],
    ['another device', { path: '/dev/hidraw1' }],
  ])('is not %s', (_name, change) => {
    expect(hidPos.matches(deviceOf(change), settings)).toBe(false)
  })

  it('is known by what USB says of it', () => {
    const { vendorId, productId } = usb
    const byUsb = { id: 'reader', driver: 'hid-pos', usb: { vendorId, productId } } as const
    expect(hidPos.matches(deviceOf({ path: '/dev/hidraw1' }), byUsb)).toBe(true)
    expect(hidPos.matches(deviceOf({ usb: honeywell }), byUsb)).toBe(false)
  })

  it('that says of its last report that it goes on is ended by 150 ms of silence', async () => {
    const { told, send } = await opened(deviceOf())
    vi.useFakeTimers()
    const code = 'C'.repeat(112)
    send(code, true)
    await vi.advanceTimersByTimeAsync(149)
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(5)
    expect(told).toEqual([`]Q1${code}`])
  })

  it('is not cut in two while the program itself is busy', async () => {
    const { hid, told } = await opened(deviceOf())
    const [first = new Uint8Array(), ...rest] = reportsOf(cccdOf(1), 'honeywell')
    hid.send(first)
    const arrived = new Promise((resolve) => setImmediate(resolve))
    const busyUntil = performance.now() + 400
    while (performance.now() < busyUntil);
    await arrived
    for (const report of rest) hid.send(report)
    await vi.waitFor(() => expect(told).toEqual([`]Q1${cccdOf(1)}`]))
  })

  it('tells why it is lost, once, and drops the torn code for good', async () => {
    const { hid, told, send } = await opened(deviceOf())
    vi.useFakeTimers()
    send('C'.repeat(112), true)
    hid.unplug()
    hid.unplug()
    await vi.advanceTimersByTimeAsync(1000)
    expect(told).toEqual(['LOST: could not read from HID device'])
  })

  it('keeps a bounded number of codes waiting, tells once that it drops more, and reads on when they are answered', async () => {
    let gate = Promise.withResolvers<void>()
    const { told, send } = await opened(deviceOf(), () => gate.promise)
    for (let round = 0; round < 2; round++) {
      told.length = 0
      for (let n = 0; n < 1000; n++) send(cccdOf(n))
      expect(told.length).toBe(65)
      expect(told.at(-1)).toBe('OVERLONG')
      gate.resolve()
      await new Promise(setImmediate)
      gate = Promise.withResolvers()
    }
  })

  it('joins nothing of a code that it drops with the next one, wherever in a code the answers come', async () => {
    const counts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(counts, async (reportsUntilAnswer) => {
        let gate = Promise.withResolvers<void>()
        const { hid, told, reader } = await opened(deviceOf(), () => gate.promise)
        const sent = Array.from({ length: 250 }, (_, n) => `${cccdOf(n)}${'x'.repeat((n % 3) * 56)}`)
        let left = 0
        const turns = reportsUntilAnswer.values()
        for (const report of sent.flatMap((code) => reportsOf(code, 'honeywell'))) {
          hid.send(report)
          if (left-- > 0) continue
          left = turns.next().value ?? Number.POSITIVE_INFINITY
          gate.resolve()
          gate = Promise.withResolvers()
          await new Promise(setImmediate)
        }
        await reader.close()
        const whole = new Set(sent.map((code) => `]Q1${code}`))
        const read = told.filter((what) => what !== 'OVERLONG')
        expect(read.filter((what) => !whole.has(what))).toEqual([])
        expect(told.length > read.length).toBe(read.length < sent.length)
      }),
      { numRuns: 20 },
    )
  })

  it('of Honeywell is told to send here, and of others is not', async () => {
    const [one, other] = [await opened(deviceOf({ usb: honeywell })), await opened(deviceOf())]
    expect([one.hid.features, other.hid.features]).toEqual([[[254, 1]], []])
  })

  it('that refuses to be told is closed, and why is known', async () => {
    const hid = new FakeHid()
    const refusing: OpenHid = async (path) => {
      const port = await hid.open(path)
      hid.refuse('cannot send feature report')
      return port
    }
    const on = { reading: async () => {}, overlong: () => {}, lost: () => {} }
    const opening = hidPosThrough(refusing).open(deviceOf({ usb: honeywell }), settings, on)
    await expect(opening).rejects.toThrow('cannot send feature report')
    expect(hid.isOpen).toBe(false)
  })

  it('of Honeywell beeps and reads by its serial commands, and beeps for an error as its descriptor says', async () => {
    const { hid, reader } = await opened(deviceOf({ usb: honeywell }))
    for (const signal of ['good', 'trigger', 'bad'] as const) await reader.signal?.(signal)
    expect(hid.written.map((report) => [report.length, ...report.slice(0, 5)])).toEqual([
      [64, 0xfd, 3, 0x16, 0x07, 0x0d],
      [64, 0xfd, 3, 0x16, 0x54, 0x0d],
      [2, 0x04, 0x20],
    ])
  })

  it('without anything to be heard by has no signals', async () => {
    const { reader } = await opened(deviceOf({ descriptor: descriptors.newland }))
    expect(reader.signal).toBeUndefined()
  })

  it('is free when it is closed, and tells nothing while it is being closed', async () => {
    const { hid, reader, told, send } = await opened(deviceOf())
    const closed = reader.close()
    send('late')
    hid.unplug()
    await closed
    expect([told, hid.isOpen]).toEqual([[], false])
  })

  it('takes no harm from a signal while it is pulled out, and later', async () => {
    const { hid, reader } = await opened(deviceOf())
    const signalled = reader.signal?.('good')
    hid.unplug()
    await signalled
    await reader.signal?.('good')
    expect(hid.written).toEqual([])
  })

  it('that is not there cannot be opened through node-hid, and why is known', async () => {
    const on = { reading: async () => {}, overlong: () => {}, lost: () => {} }
    await expect(hidPos.open(deviceOf({ path: '/dev/none' }), settings, on)).rejects.toThrow(/\w{4}/)
  })
})
