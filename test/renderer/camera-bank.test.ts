import { beforeEach, expect, it, vi } from 'vitest'
import type { Lane } from '../../contract/state.ts'
import { CameraBank } from '../../renderer/camera/bank.ts'
import type { Client } from '../../renderer/connection.ts'

beforeEach(() => {
  vi.useFakeTimers()
  return () => void vi.useRealTimers()
})

/** Keeps what it is asked, and answers when it is told to. */
class Service {
  readonly asked: unknown[] = []
  readonly #answers: (() => void)[] = []
  readonly client = { pageDevice: (input: unknown) => this.#take(input) } as unknown as Client
  answer() {
    for (const answer of this.#answers.splice(0)) answer()
  }
  #take(input: unknown): Promise<void> {
    this.asked.push(input)
    return new Promise((resolve) => this.#answers.push(resolve))
  }
}

function lane(...cameras: { id: string; label?: string }[]): Lane {
  const readers = cameras.map((camera) => ({ ...camera, driver: 'camera', state: { kind: 'absent' } as const }))
  return { id: 'lane-1', name: 'A', direction: 'in', screen: { kind: 'idle' }, readers } as Lane
}

// Node has no cameras, which is one of the ways in which a camera can fail.
const failed = { kind: 'failed', why: 'the browser gives this page no cameras' }

async function pass(ms: number, service: Service) {
  for (let n = 0; n < ms; n += 500) {
    await vi.advanceTimersByTimeAsync(500)
    service.answer()
  }
}

it('says of every camera how it is, for its lane, and again every 4 s', async () => {
  const [bank, service] = [new CameraBank(), new Service()]
  bank.serve([lane({ id: 'a' }, { id: 'b' })], service.client)
  await vi.advanceTimersByTimeAsync(0)
  expect(service.asked).toEqual([
    { lane: 'lane-1', device: 'a', state: failed },
    { lane: 'lane-1', device: 'b', state: failed },
  ])
  await pass(60_000, service)
  const often = service.asked.length
  await pass(8000, service)
  expect(service.asked.length).toBeGreaterThanOrEqual(often + 4)
})

it('says no more of a camera that no lane names any longer', async () => {
  const [bank, service] = [new CameraBank(), new Service()]
  bank.serve([lane({ id: 'a' })], service.client)
  await pass(5000, service)
  bank.serve([lane()], service.client)
  const before = service.asked.length
  await pass(20_000, service)
  expect(service.asked).toHaveLength(before)
})

it('leaves a camera at work alone while its settings stay, and begins anew when they name another', async () => {
  const [bank, service] = [new CameraBank(), new Service()]
  bank.serve([lane({ id: 'a' })], service.client)
  await vi.advanceTimersByTimeAsync(0)
  bank.serve([lane({ id: 'a' })], service.client)
  await vi.advanceTimersByTimeAsync(0)
  expect(service.asked).toHaveLength(1)
  bank.serve([lane({ id: 'a', label: 'Another' })], service.client)
  await vi.advanceTimersByTimeAsync(0)
  expect(service.asked).toHaveLength(2)
})

it('waits for no more than eight answers at a time, and goes on when they came', async () => {
  const [bank, service] = [new CameraBank(), new Service()]
  bank.serve([lane(...Array.from({ length: 12 }, (_, n) => ({ id: `${n}` })))], service.client)
  await vi.advanceTimersByTimeAsync(0)
  expect(service.asked).toHaveLength(8)
  service.answer()
  await vi.advanceTimersByTimeAsync(4000)
  expect(service.asked).toHaveLength(16)
})

it('asks the service that it was given last', async () => {
  const [bank, old, next] = [new CameraBank(), new Service(), new Service()]
  bank.serve([lane({ id: 'a' })], old.client)
  await pass(1000, old)
  const before = old.asked.length
  bank.serve([lane({ id: 'a' })], next.client)
  await pass(9000, next)
  expect(old.asked).toHaveLength(before)
  expect(next.asked.length).toBeGreaterThan(1)
})
