import { expect, it, onTestFinished, vi } from 'vitest'
import { Settings } from '../../contract/settings.ts'
import type { ReaderState } from '../../contract/state.ts'
import { Cameras } from '../../service/camera.ts'

function makeCameras() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const readers = [
    { id: 'cam', driver: 'camera' },
    { id: 'usb', driver: 'serial', path: '/dev/ttyACM0' },
  ]
  const { lanes } = Settings.parse({ lanes: [{ id: 'a', name: 'A', direction: 'in', readers }] })
  const states: ReaderState[] = []
  const cameras = new Cameras(lanes, { reading: async () => {}, state: (_reader, state) => void states.push(state) })
  return { cameras, states }
}

it('knows the cameras of a lane, and nothing else', () => {
  const { cameras } = makeCameras()
  expect(cameras.has('a', 'cam')).toBe(true)
  expect(cameras.has('b', 'cam')).toBe(false)
  expect(cameras.has('a', 'usb')).toBe(false)
})

it('tells each state of a camera once, however often the page says it', () => {
  const { cameras, states } = makeCameras()
  for (const kind of ['open', 'open', 'absent', 'open'] as const) cameras.report('cam', { kind })
  expect(states.map(({ kind }) => kind)).toEqual(['open', 'absent', 'open'])
})

it('takes a camera for absent when its page says nothing for 12 s', () => {
  const { cameras, states } = makeCameras()
  cameras.report('cam', { kind: 'open' })
  vi.advanceTimersByTime(11_000)
  cameras.report('cam', { kind: 'open' })
  vi.advanceTimersByTime(11_000)
  expect(states).toEqual([{ kind: 'open' }])
  vi.advanceTimersByTime(1000)
  expect(states).toEqual([{ kind: 'open' }, { kind: 'absent' }])
})

it('cuts the words of a page short', () => {
  const { cameras, states } = makeCameras()
  cameras.report('cam', { kind: 'failed', why: 'x'.repeat(5000) })
  expect(states).toEqual([{ kind: 'failed', why: 'x'.repeat(200) }])
})
