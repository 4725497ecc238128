import type { Page } from 'playwright-core'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Screen, State } from '../contract/state.ts'
import { hostBrowser } from '../service/hosts/browser.ts'
import { PageDevices } from '../service/page-devices.ts'
import { Latest } from '../service/state.ts'
import { stateOf, verdict } from './renderer/fixtures.ts'
import { openPage } from './support/chromium.ts'

const allowed = '--autoplay-policy=no-user-gesture-required'
const refused = '--autoplay-policy=document-user-activation-required'

/** Records what the page sends to the speakers, and counts the tones that were begun and played to their end. Runs there. */
function record() {
  const played = { begun: 0, ended: 0 }
  const { connect } = AudioNode.prototype
  let tape: MediaStreamAudioDestinationNode | undefined
  let recorder: MediaRecorder | undefined
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
    if (args[0] === this.context.destination && this.context instanceof AudioContext) {
      tape ??= this.context.createMediaStreamDestination()
      recorder ??= new MediaRecorder(tape.stream)
      if (recorder.state === 'inactive') recorder.start()
      Reflect.apply(connect, this, [tape])
    }
    return Reflect.apply(connect, this, args)
  }
  const { start } = OscillatorNode.prototype
  OscillatorNode.prototype.start = function (...args) {
    played.begun++
    this.addEventListener('ended', () => played.ended++)
    start.apply(this, args)
  }
  const stop = async () => {
    const data = new Promise<BlobEvent>((resolve) => recorder?.addEventListener('dataavailable', resolve))
    recorder?.stop()
    const bytes = await (await data).data.arrayBuffer()
    const sound = await new OfflineAudioContext(1, 1, 48_000).decodeAudioData(bytes)
    return pitches(sound.getChannelData(0))
  }
  /** One after the other, in hertz to the next 100. */
  function pitches(samples: Float32Array): number[] {
    const all: number[] = []
    for (let from = 0; from + 1024 <= samples.length; from += 512) {
      const window = samples.subarray(from, from + 1024)
      for (let hertz = 100; hertz <= 2000; hertz += 100)
        if (amplitude(window, hertz) > 0.3 && all.at(-1) !== hertz) all.push(hertz)
    }
    return all
  }
  function amplitude(window: Float32Array, hertz: number): number {
    let [re, im] = [0, 0]
    for (const [i, sample] of window.entries()) {
      const angle = (2 * Math.PI * hertz * i) / 48_000
      re += sample * Math.cos(angle)
      im += sample * Math.sin(angle)
    }
    return (2 * Math.hypot(re, im)) / window.length
  }
  Object.assign(window, { played, stop })
}

const playedBy = (page: Page) => page.evaluate((): { begun: number; ended: number } => Reflect.get(window, 'played'))

function verdictOf(outcome: 'admitted' | 'warned' | 'denied', n: number): Screen {
  return { kind: 'verdict', verdict: { ...verdict, outcome, visit: { seq: n, id: `visit-${n}` } } }
}

/** A gate whose one lane has the sound of the PC, in a browser with this autoplay policy. */
async function openGate(policy: string) {
  let state = stateOf({ kind: 'idle' })
  const withSound = (of: State, kind: 'open' | 'absent'): State => ({
    ...of,
    lanes: of.lanes.map((lane) => ({
      ...lane,
      outputs: [{ id: 'sound', driver: 'sound', state: { kind }, volume: 0.5 }],
    })),
  })
  const told: string[] = []
  const latest = new Latest(() => withSound(state, told.at(-1) === 'open' ? 'open' : 'absent'))
  const lane = { id: 'a', name: 'A', direction: 'in' as const, readers: [] }
  const pageDevices = new PageDevices([{ ...lane, outputs: [{ id: 'sound', driver: 'sound', volume: 0.5 }] }], {
    reading: async () => {},
    misread: () => {},
    state: (_device, { kind }) => {
      told.push(kind)
      latest.changed()
    },
  })
  onTestFinished(() => pageDevices.stop())
  const open = async (at: { port: number; key?: string }) => {
    const opened = await hostBrowser({ state: latest, lanes: ['a'], pageDevices }, at)
    if (typeof opened === 'string') throw new Error(opened)
    return opened
  }
  let host = await open({ port: 0 })
  onTestFinished(() => host.stop())
  const { url } = host
  const { page, faults } = await openPage([policy])
  await page.addInitScript(record)
  await page.goto(url)
  const show = async (screen: Screen) => {
    // The site's name says that the page has this state.
    state = stateOf(screen, { site: `site ${performance.now()}` })
    latest.changed()
    await page.getByText(state.site ?? '', { exact: true }).waitFor()
  }
  // Playwright touches the page with every question, which would let it play.
  await vi.waitFor(() => expect(told).toHaveLength(1))
  await show({ kind: 'idle' })
  const breakConnection = async () => {
    await host.stop()
    await page.locator('[data-screen="disconnected"]').waitFor()
    host = await open({ port: Number(new URL(url).port), key: new URL(url).searchParams.get('key') ?? '' })
  }
  return { page, url, faults, show, told, breakConnection, played: () => playedBy(page) }
}

it('lets every answer be heard, each by tones of its own', async () => {
  const { page, show, played, told, faults } = await openGate(allowed)
  expect(told).toEqual(['open'])
  const plays = (tones: number) =>
    vi.waitFor(async () => expect(await played()).toEqual({ begun: tones, ended: tones }), 10_000)
  await show({ kind: 'retry' })
  await plays(1)
  await show(verdictOf('admitted', 1))
  await plays(2)
  await show(verdictOf('warned', 2))
  await plays(4)
  await show(verdictOf('denied', 3))
  await plays(5)
  for (const screen of [{ kind: 'idle' }, { kind: 'fault', fault: 'reader-lost' }] as const) await show(screen)
  await plays(5)
  expect(await page.evaluate('stop()')).toEqual([400, 1300, 800, 1200, 300])
  expect(faults).toEqual([])
}, 60_000)

it('lets an answer be heard once: not again while it stands, nor after a new connection or a new page', async () => {
  const { page, url, show, played, breakConnection } = await openGate(allowed)
  await show(verdictOf('admitted', 1))
  await show(verdictOf('admitted', 1))
  await breakConnection()
  await show(verdictOf('admitted', 1))
  expect((await played()).begun).toBe(1)
  await show(verdictOf('admitted', 2))
  expect((await played()).begun).toBe(2)
  await page.goto(url)
  await page.locator('[data-screen="verdict"]').waitFor()
  await show(verdictOf('admitted', 2))
  expect((await played()).begun).toBe(0)
}, 60_000)

it('says that the browser wants to be touched first, plays nothing late, and is heard from then on', async () => {
  const { page, show, played, told } = await openGate(refused)
  expect(told).toEqual(['failed'])
  await page.locator('[data-status="sound"]').getByText('No sound: touch the screen').waitFor()
  await show(verdictOf('denied', 1))
  await page.mouse.click(200, 200)
  await vi.waitFor(() => expect(told).toEqual(['failed', 'open']))
  await page.locator('[data-status="sound"]').waitFor({ state: 'detached' })
  expect((await played()).begun).toBe(0)
  await show(verdictOf('denied', 2))
  expect((await played()).begun).toBe(1)
}, 60_000)
