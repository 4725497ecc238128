import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { SerialReader } from '../../contract/settings.ts'
import type { ReaderSignal } from '../../drivers/readers/driver.ts'
import { serial } from '../../drivers/readers/serial/index.ts'
import { Ssi } from '../../drivers/readers/serial/ssi.ts'
import { openPty } from '../support/pty.ts'
import { describeReader, type Script } from './contract.ts'
import { dechdrFrame, ssiPackets } from './serial-frames.ts'

/** A code as a reader sends it with the protocol. */
const encode: Record<SerialReader['protocol'], (code: string) => Buffer> = {
  plain: (code) => Buffer.from(`${code}\r\n`),
  'honeywell-dechdr': (code) => dechdrFrame(Buffer.from(code)),
  'zebra-ssi': (code) => Buffer.concat(ssiPackets(Buffer.from(code))),
}

type Options = Partial<Pick<SerialReader, 'protocol' | 'commands' | 'prefix'>>

async function plugged(options: Options) {
  const pty = await openPty()
  const { path } = pty
  const settings = SerialReader.parse({ id: 'reader', driver: 'serial', path, ...options })
  return { pty, driver: serial, device: { kind: 'serial', id: path, path, usb: null } as const, settings }
}

const makeSerial = (protocol: SerialReader['protocol']) => async (script: Script) => {
  const rig = await plugged({ protocol })
  const frames = script.codes.map(encode[protocol])
  const torn = encode[protocol](script.torn ?? '').subarray(0, -10)
  const all = Buffer.concat([...frames, torn])
  const packets = {
    whole: [...frames.slice(0, -1), Buffer.concat([...frames.slice(-1), torn])],
    joined: [all],
    split: Array.from(all, (byte) => Uint8Array.of(byte)),
  }[script.packets]
  const send = async () => {
    for (const packet of packets) await rig.pty.write(packet)
  }
  return { ...rig, send, unplug: rig.pty.unplug, plug: rig.pty.plug }
}

describeReader('a serial reader', makeSerial('plain'))
describeReader('a serial reader with a decode header', makeSerial('honeywell-dechdr'))
describeReader('a serial reader that speaks SSI', makeSerial('zebra-ssi'))

async function opened(options: Options) {
  const { pty, driver, device, settings } = await plugged(options)
  const told: string[] = []
  const reader = await driver.open(device, settings, {
    reading: async (bytes) => void told.push(Buffer.from(bytes).toString()),
    overlong: () => void told.push('OVERLONG'),
    lost: () => void told.push('LOST'),
  })
  onTestFinished(() => reader.close())
  return { pty, reader, told, sent: () => pty.received().toString('hex') }
}

describe('a serial reader with a prefix', () => {
  it('keeps the lines of a card behind it together', async () => {
    const { pty, told } = await opened({ prefix: '>>' })
    const card = '>>BEGIN:VCARD\r\nFN:An\r\nEND:VCARD'
    await pty.write(`${card}\r\n>>next\r\n`)
    await vi.waitFor(() => expect(told).toEqual([card, '>>next']))
  })
})

describe('a serial reader that is answered', () => {
  it('gets its SSI packets acknowledged', async () => {
    const { pty, told, sent } = await opened({ protocol: 'zebra-ssi' })
    await pty.write(encode['zebra-ssi']('A'.repeat(300)))
    await vi.waitFor(() => expect([told, sent()]).toEqual([['A'.repeat(300)], '04d00400ff28'.repeat(2)]))
  })

  it('is asked once for an SSI packet that stopped short, and nothing waits after that', async () => {
    const { pty, told, sent } = await opened({ protocol: 'zebra-ssi' })
    await pty.write(encode['zebra-ssi']('ABC').subarray(0, -1))
    await vi.waitFor(() => expect(sent()).toBe('05d1040001ff25'))
    await pty.write(encode['zebra-ssi']('ABC'))
    await vi.waitFor(() => expect([told, sent()]).toEqual([['ABC'], '05d1040001ff2504d00400ff28']))
  })

  it('is not waited for without end in the middle of a code of many packets', async () => {
    const silence = vi.spyOn(Ssi.prototype, 'silence')
    const { pty, told } = await opened({ protocol: 'zebra-ssi' })
    const [first = Buffer.alloc(0)] = ssiPackets(Buffer.from('torn code'), 4)
    await pty.write(first)
    await vi.waitFor(() => expect(silence).toHaveBeenCalledTimes(20), 10_000)
    await pty.write(encode['zebra-ssi']('next'))
    await vi.waitFor(() => expect(told).toEqual(['next']))
  })

  it.each<[NonNullable<SerialReader['commands']>, ReaderSignal, string]>([
    ['honeywell', 'good', '16070d'],
    ['honeywell', 'bad', '16070d16070d16070d'],
    ['honeywell', 'trigger', '16540d'],
    ['newland', 'trigger', '7e01303030302353434e545247313b03'],
    ['datalogic', 'good', '01'],
    ['datalogic', 'bad', '4645'],
    ['datalogic', 'trigger', '54'],
    ['zebra-ssi', 'good', '05e6040000ff11'],
    ['zebra-ssi', 'bad', '05e6040011ff00'],
    ['zebra-ssi', 'trigger', '04e40400ff14'],
    ['zkteco', 'trigger', '54'],
    ['cipherlab', 'good', '23402f2f2f2f0d'],
    ['cipherlab', 'bad', '23402f2f2f2f0d23402f2f2f2f0d23402f2f2f2f0d'],
  ])('gets the commands of its maker: %s %s', async (commands, signal, bytes) => {
    const { reader, sent } = await opened({ commands })
    await reader.signal?.(signal)
    await vi.waitFor(() => expect(sent()).toBe(bytes))
  })

  it('gets nothing where its maker documents no such command, or it is closed', async () => {
    const { reader, sent } = await opened({ commands: 'newland' })
    await reader.signal?.('good')
    await reader.signal?.('trigger')
    await vi.waitFor(() => expect(sent()).toMatch(/^7e01.*3b03$/))
    await reader.close()
    await expect(reader.signal?.('trigger')).resolves.toBeUndefined()
  })

  it('has no signals without the name of its maker', async () => {
    const { reader } = await opened({})
    expect(reader.signal).toBeUndefined()
  })

  it('never fills the memory with what it does not take', async () => {
    const { pty, reader, told } = await opened({ commands: 'honeywell' })
    for (let n = 0; n < 100_000; n++) await reader.signal?.('good')
    await pty.write('still here\r')
    await vi.waitFor(() => expect(told).toEqual(['still here']))
    expect(pty.received().length).toBeLessThan(100_000)
  })
})
