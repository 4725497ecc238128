import { once } from 'node:events'
import { createServer } from 'node:net'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type OutputSettings, Settings } from '../../contract/settings.ts'
import type { OpenOutput, OutputDriver, OutputSignal } from '../../drivers/outputs/driver.ts'
import { Supervisor } from '../../drivers/supervisor.ts'
import { LaneOutputs } from '../../service/outputs.ts'
import { Service } from '../../service/service.ts'
import { tempFolder } from '../support/folder.ts'
import { cccdOf } from '../support/people.ts'
import { openPty } from '../support/pty.ts'
import { makeLane } from './make-lane.ts'

const admitted: OutputSignal = { kind: 'verdict', outcome: 'admitted', direction: 'in' }
const denied: OutputSignal = { kind: 'verdict', outcome: 'denied', direction: 'in' }
const readers = [{ id: 'usb', driver: 'serial', path: '/dev/ttyACM0' }]

function laneWith(outputs: readonly object[]) {
  const lane = Settings.parse({ lanes: [{ id: 'lane-1', name: 'A', direction: 'in', readers, outputs }] }).lanes[0]
  if (lane === undefined) throw new Error('expected one lane')
  return lane
}

/** The outputs of a lane whose lamp `refuses` to open as long as that says so, and all that they told and were told. */
async function lampAndBeeper(refuses: () => boolean = () => false) {
  const told: string[] = []
  const warnings: string[] = []
  const name = ({ kind, ...signal }: OutputSignal) => ('outcome' in signal ? signal.outcome : kind)
  let lose: (why: string) => void = () => {}
  const driver: OutputDriver = {
    name: 'patlite',
    matches: () => true,
    async open(_device, _settings, on): Promise<OpenOutput> {
      if (refuses()) throw new Error('no route')
      lose = on.lost
      return {
        signal: (signal) => void told.push(`lamp ${name(signal)}`),
        close: async () => void told.push('lamp closed'),
      }
    },
  }
  const outputs = new LaneOutputs(
    laneWith([
      { id: 'lamp', driver: 'patlite', host: 'lamp.example' },
      { id: 'beeper', driver: 'reader', reader: 'usb' },
    ]),
    {
      drivers: [driver],
      log: pino({ level: 'warn' }, { write: (line) => void warnings.push(JSON.parse(line).msg) }),
      signalReader: (reader, signal) => void told.push(`${reader} ${signal}`),
      changed: () => {},
    },
  )
  const supervisor = new Supervisor(outputs.claims, async () => [{ kind: 'network', id: 'lamp' }])
  onTestFinished(() => supervisor.stop())
  await supervisor.start()
  return { outputs, told, warnings, lose: (why: string) => lose(why) }
}

describe('the outputs of a lane', () => {
  it('are all signalled, a reader by its beeper for verdicts alone', async () => {
    const { outputs, told } = await lampAndBeeper()
    for (const signal of [{ kind: 'idle' } as const, admitted, denied]) outputs.signal(signal)
    expect(told).toEqual(['lamp fault', 'lamp idle', 'lamp admitted', 'usb good', 'lamp denied', 'usb bad'])
  })

  it('say how they are, the beeper as its reader', async () => {
    const { outputs, told, lose } = await lampAndBeeper()
    const states = () => outputs.states((reader) => ({ kind: reader === 'usb' ? 'open' : 'absent' }))
    expect(states()).toEqual([
      { id: 'lamp', driver: 'patlite', state: { kind: 'open' } },
      { id: 'beeper', driver: 'reader', state: { kind: 'open' } },
    ])
    lose('no answer')
    expect(states()[0]?.state).toEqual({ kind: 'failed', why: 'no answer' })
    outputs.signal({ kind: 'idle' })
    expect(told).toEqual(['lamp fault', 'lamp closed'])
  })

  it('show how the lane is when they come later, and do not make up for a verdict of before', async () => {
    let refused = true
    const { outputs, told, warnings } = await lampAndBeeper(() => refused)
    outputs.signal(denied)
    expect(warnings).toEqual([])
    outputs.signal(admitted)
    expect(warnings).toEqual(['no signal for a passage: not open'])
    refused = false
    await vi.waitFor(() => expect(outputs.states(() => ({ kind: 'open' }))[0]?.state.kind).toBe('open'), 3000)
    expect(told).toEqual(['usb bad', 'usb good'])
    outputs.signal({ kind: 'idle' })
    expect(told).toEqual(['usb bad', 'usb good', 'lamp idle'])
  })
})

describe('a lane', () => {
  it('signals a verdict once its visit is on disk, and that it is idle when the verdict was shown', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { read, signals, stored } = makeLane()
    signals.length = 0
    await read(cccdOf(1))
    expect([signals, stored.length]).toEqual([[admitted], 1])
    vi.advanceTimersByTime(1200)
    expect(signals).toEqual([admitted, { kind: 'idle' }])
  })

  it('signals a fault and no passage when the visit cannot be stored, and when its readers are gone', async () => {
    const { lane, read, signals, refuseWrites } = makeLane()
    signals.length = 0
    refuseWrites(true)
    await read(cccdOf(1))
    expect(signals).toEqual([{ kind: 'fault' }])
    refuseWrites(false)
    await read(cccdOf(2))
    expect(signals.at(-1)).toEqual(admitted)
    const broken = makeLane()
    broken.lane.readerState('usb', { kind: 'absent' })
    expect(broken.signals.at(-1)).toEqual({ kind: 'fault' })
    await lane.stop()
  })

  it('opens for nobody whom a simulated reader made up', async () => {
    const { read, signals, stored } = makeLane()
    signals.length = 0
    await read(cccdOf(1), 'demo')
    expect([signals, stored.length]).toEqual([[], 1])
  })

  it('keeps a verdict signalled while a state of its readers changes', async () => {
    const { lane, read, signals } = makeLane()
    await read(cccdOf(1))
    lane.readerState('demo', { kind: 'open' })
    expect(signals.at(-1)).toEqual(admitted)
  })
})

describe('a gate with a reader, a relay and a lamp', () => {
  it('answers a code by a pulse and a colour, and leaves the relay open and the lamp dark at its end', async () => {
    const [reader, relay] = [await openPty(), await openPty()]
    const lamp: string[] = []
    const tower = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (bytes) => {
        lamp.push(bytes.toString('hex').slice(12))
        socket.write(Uint8Array.from([0x06]))
      })
    })
    tower.listen(0, '127.0.0.1')
    await once(tower, 'listening')
    onTestFinished(() => void tower.close())
    const address = tower.address()
    const outputs: readonly object[] = [
      { id: 'relay', driver: 'lcus', path: relay.path },
      { id: 'lamp', driver: 'patlite', host: '127.0.0.1', port: typeof address === 'object' ? address?.port : 0 },
    ]
    const lane = { id: 'lane-1', name: 'A', direction: 'in', readers: [{ ...readers[0], path: reader.path }], outputs }
    const service = await Service.start(tempFolder(), Settings.parse({ lanes: [lane] }), pino({ level: 'silent' }))
    if (typeof service === 'string') throw new Error(service)
    await vi.waitFor(() => expect(lamp.at(-1)).toBe('000000000100'), 3000)
    await reader.write(`${cccdOf(1)}\r`)
    await vi.waitFor(() => expect(relay.received().toString('hex')).toBe('a00100a1a00101a2a00100a1'), 3000)
    await vi.waitFor(() => expect(lamp.slice(-2)).toEqual(['000001000000', '000000000100']), 3000)
    await service.stop()
    expect(lamp.at(-1)).toBe('000000000000')
    await vi.waitFor(() => expect(relay.received().toString('hex')).toBe('a00100a1a00101a2a00100a1a00100a1'))
  }, 20_000)
})

describe('the settings of outputs', () => {
  const place = { path: '/dev/ttyUSB0' }
  const parse = (output: object) =>
    Settings.safeParse({ lanes: [{ id: 'l', name: 'A', direction: 'in', readers, outputs: [output] }] })

  it('have defaults that suit a turnstile with one contact', () => {
    const lane = laneWith([{ id: 'relay', driver: 'lcus', ...place }])
    const expected: OutputSettings = {
      id: 'relay',
      driver: 'lcus',
      ...place,
      channels: { in: 1, out: 1 },
      pulseMs: 300,
    }
    expect(lane.outputs).toEqual([expected])
  })

  it.each<[object, string]>([
    [{ driver: 'lcus' }, 'either "path" or "usb"'],
    [{ driver: 'lcus', ...place, usb: { vendorId: '1a86', productId: '7523' } }, 'either "path" or "usb"'],
    [{ driver: 'lcus', path: '*' }, 'never takes any'],
    [{ driver: 'lcus', ...place, pulseMs: 199 }, '>=200'],
    [{ driver: 'lcus', ...place, pulseMs: 501 }, '<=500'],
    [{ driver: 'lcus', ...place, channels: {} }, 'expected a channel'],
    [{ driver: 'lcus', ...place, channels: { in: 9 } }, '<=8'],
    [{ driver: 'hw667', ...place, channels: { in: 2 } }, '<=1'],
    [{ driver: 'hw667', ...place, pulseMs: 300 }, 'pulseMs'],
    [{ driver: 'patlite', host: 'lamp', port: 0 }, '>=1'],
    [{ driver: 'reader', reader: 'other' }, '"other" is none'],
    [{ id: 'usb', driver: 'reader', reader: 'usb' }, '"usb" stands twice'],
  ])('are refused: %j', (output, why) => {
    const { error } = parse({ id: 'o', ...output })
    expect(error?.issues.map(({ message }) => message).join()).toContain(why)
  })
})
