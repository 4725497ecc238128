import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ReaderSettings, Settings } from '../../contract/settings.ts'
import type { ReaderState } from '../../contract/state.ts'
import { isOfPage, PageDevices } from '../../service/page-devices.ts'

function makeDevices() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const readers = [
    { id: 'cam', driver: 'camera' },
    { id: 'typing', driver: 'wedge' },
    { id: 'usb', driver: 'serial', path: '/dev/ttyACM0' },
  ]
  const outputs = [
    { id: 'sound', driver: 'sound' },
    { id: 'beeper', driver: 'reader', reader: 'usb' },
  ]
  const { lanes } = Settings.parse({ lanes: [{ id: 'a', name: 'A', direction: 'in', readers, outputs }] })
  const states: ReaderState[] = []
  const state = (_device: string, of: ReaderState) => void states.push(of)
  const devices = new PageDevices(lanes, { reading: async () => {}, misread: () => {}, state })
  return { devices, states }
}

describe('the devices of pages', () => {
  it('are the cameras of a lane, what types into the page, and the sound', () => {
    const { devices } = makeDevices()
    const has = ['cam', 'typing', 'sound', 'usb', 'beeper'].filter((id) => devices.has('a', id))
    expect(has).toEqual(['cam', 'typing', 'sound'])
    expect(devices.has('b', 'cam')).toBe(false)
  })

  it('read nothing but with readers', () => {
    const { devices } = makeDevices()
    expect(['cam', 'typing', 'sound', 'usb'].filter((id) => devices.hasReader('a', id))).toEqual(['cam', 'typing'])
    expect(devices.hasReader('b', 'typing')).toBe(false)
  })

  it('tell each of their states once, however often the page says it', () => {
    const { devices, states } = makeDevices()
    for (const kind of ['open', 'open', 'absent', 'open'] as const) devices.report('cam', { kind })
    expect(states.map(({ kind }) => kind)).toEqual(['open', 'absent', 'open'])
  })

  it('count as absent when their page says nothing for 12 s', () => {
    const { devices, states } = makeDevices()
    devices.report('cam', { kind: 'open' })
    vi.advanceTimersByTime(11_000)
    devices.report('cam', { kind: 'open' })
    vi.advanceTimersByTime(11_000)
    expect(states).toEqual([{ kind: 'open' }])
    vi.advanceTimersByTime(1000)
    expect(states).toEqual([{ kind: 'open' }, { kind: 'absent' }])
  })

  it('are not described at any length', () => {
    const { devices, states } = makeDevices()
    devices.report('cam', { kind: 'failed', why: 'x'.repeat(5000) })
    expect(states).toEqual([{ kind: 'failed', why: 'x'.repeat(200) }])
  })
})

describe('a reader that types', () => {
  const wedge = (place: object) => ReaderSettings.parse({ id: 'typing', driver: 'wedge', ...place })
  const named = wedge({ usb: { vendorId: '1a86', productId: '5723' } })

  it("is the page's wherever its keyboard cannot be taken from the desktop", () => {
    expect(isOfPage(named, 'win32')).toBe(true)
    expect(isOfPage(named, 'darwin')).toBe(true)
    expect(isOfPage(named, 'linux')).toBe(false)
    expect(isOfPage(wedge({ path: '/dev/input/event7' }), 'linux')).toBe(false)
  })

  it("is the page's on Linux where the settings name no device", () => {
    expect(isOfPage(wedge({}), 'linux')).toBe(true)
  })
})
