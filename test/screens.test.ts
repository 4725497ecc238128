import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { CodeKind } from '../contract/code.ts'
import { Reason } from '../contract/outcome.ts'
import type { Screen, State } from '../contract/state.ts'
import { hostBrowser } from '../service/hosts/browser.ts'
import { PageDevices } from '../service/page-devices.ts'
import { Latest } from '../service/state.ts'
import { openPage } from './support/chromium.ts'

const folder = fileURLToPath(new URL('../docs/screens', import.meta.url))
/** A picture must look the same at every run, so its time stands still. */
const now = '2026-11-21T08:30:00.000+07:00'

const pageDevices = new PageDevices([], { reading: async () => {}, misread: () => {}, state: () => {} })

/** Width, height, and how many lanes share the page. */
const sizes = [
  [1920, 1080, 1],
  [1366, 768, 1],
  [1366, 768, 2],
  [1080, 1920, 1],
  [800, 480, 1],
] as const

const person = { name: 'Nguyễn Văn ***', document: '******000001', birthYear: 1990 }
const verdict = {
  visit: { seq: 1, id: '01a1fbea-427b-741f-a838-44cb9560af04' },
  direction: 'in',
  credential: { kind: 'signed', verified: true },
  masked: person,
  at: now,
} as const

const certificate = { type: 'vaccination', dose: 2, doses: 3 } as const
const vaccinated = {
  credential: { kind: 'dcc', verified: true },
  masked: { name: 'T. T. D.', birthYear: 1985, certificate },
}
/** More than any one code tells, and as long as Vietnamese names and provinces come. */
const everything = {
  ...person,
  name: 'Nguyễn Hoàng Phương ***',
  sex: 'female',
  phone: '0900******',
  address: '***, Thành phố Hồ Chí Minh',
  certificate,
} as const

const scenes: Record<string, Screen> = {
  idle: { kind: 'idle' },
  green: { kind: 'verdict', verdict: { ...verdict, outcome: 'admitted', reason: '' } },
  notice: {
    kind: 'verdict',
    verdict: { ...verdict, outcome: 'warned', reason: 'repeated', credential: { kind: 'cccd', verified: false } },
  },
  red: { kind: 'verdict', verdict: { ...verdict, outcome: 'denied', reason: 'expired' } },
  'denied-payment': denied('not-personal', 'emv'),
  unknown: denied('unknown', 'unknown'),
  certificate: { kind: 'verdict', verdict: { ...verdict, ...vaccinated, outcome: 'admitted', reason: '' } },
  retry: { kind: 'retry' },
  'setup-enrolled': { kind: 'setup', step: 'enrolled', why: '' },
  fault: { kind: 'fault', fault: 'reader-lost' },
}

/** The answer to a code that tells of nobody. */
function denied(reason: Reason, kind: string): Screen {
  const credential = { kind, verified: false }
  return { kind: 'verdict', verdict: { ...verdict, outcome: 'denied', reason, credential, masked: {} } }
}

/** The screens with the most on them. */
function fullest(): Screen[] {
  const credential = { kind: 'bhyt', verified: false }
  const full = { ...verdict, credential, masked: everything }
  const why =
    'the platform at https://platform.example/gate answered 410: the enrolment code was used already, 26 hours ago'
  return [
    { kind: 'idle' },
    { kind: 'verdict', verdict: { ...full, outcome: 'admitted', reason: '' } },
    { kind: 'verdict', verdict: { ...full, outcome: 'warned', reason: 'check-by-hand' } },
    { kind: 'verdict', verdict: { ...full, outcome: 'denied', reason: 'not-accepted' } },
    ...CodeKind.options.map((kind) => denied('not-personal', kind)),
    ...Reason.options.filter((reason) => reason !== '').map((reason) => denied(reason, 'emv')),
    { kind: 'setup', step: 'enrolling', why: '' },
    { kind: 'setup', step: 'refused', why },
  ]
}

function stateOf(screen: Screen): State {
  const reader = screen.kind === 'fault' ? ({ kind: 'absent' } as const) : ({ kind: 'open' } as const)
  const readers = [{ id: 'r1', driver: 'serial', state: reader }]
  return {
    site: 'Trụ sở Mẫu',
    gate: 'Cổng A',
    timeZone: 'Asia/Ho_Chi_Minh',
    simulated: false,
    sync: { kind: 'online', waiting: 0 },
    policyExpired: null,
    damaged: false,
    lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'in', screen, readers, outputs: [] }],
  }
}

it('draws every screen whole at 1920×1080, in Vietnamese and English, and keeps a picture of each', async () => {
  let state = stateOf({ kind: 'idle' })
  const latest = new Latest(() => state)
  const host = await hostBrowser({ state: latest, lanes: ['lane-1'], pageDevices }, { port: 0 })
  if (typeof host === 'string') throw new Error(host)
  onTestFinished(() => host.stop())
  const { page, faults } = await openPage()
  await page.clock.setFixedTime(new Date(now))
  await page.goto(host.url)
  for (const [name, screen] of Object.entries(scenes)) {
    state = stateOf(screen)
    latest.changed()
    await page.locator(`[data-screen="${screen.kind}"]`).waitFor()
    await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)))
    await page.evaluate(() => document.fonts.ready)
    for (const lang of ['vi', 'en'])
      expect(await page.locator(`main [lang="${lang}"]`).count(), name).toBeGreaterThan(0)
    expect(await page.evaluate(cutOff), name).toEqual([])
    await page.screenshot({ path: `${folder}/${name}.png` })
  }
  expect(faults).toEqual([])
  expect(new URL(page.url()).search).toBe('')
}, 60_000)

it('keeps the verdict on the screen however long the names of site and gate are', async () => {
  const long = 'Bệnh viện Đa khoa Quốc tế Nam Sài Gòn – Khoa Khám bệnh theo yêu cầu, Cơ sở 2, Cổng phụ '.repeat(2)
  const state = { ...stateOf(scenes['green'] ?? { kind: 'idle' }), site: long, gate: long }
  const host = await hostBrowser({ state: new Latest(() => state), lanes: ['lane-1'], pageDevices }, { port: 0 })
  if (typeof host === 'string') throw new Error(host)
  onTestFinished(() => host.stop())
  const { page } = await openPage()
  for (const [width, height] of [
    [1920, 1080],
    [1080, 1920],
    [800, 480],
  ] as const) {
    await page.setViewportSize({ width, height })
    await page.goto(host.url)
    await page.locator('[data-screen="verdict"]').waitFor()
    await page.evaluate(() => document.fonts.ready)
    for (const text of ['MỜI VÀO', 'Nguyễn Văn ***', 'đã xác thực']) {
      const box = await page.locator('main').getByText(text).first().boundingBox()
      expect(box?.x, `${text} at ${width}×${height}`).toBeGreaterThanOrEqual(0)
      expect((box?.x ?? 0) + (box?.width ?? 0), `${text} at ${width}×${height}`).toBeLessThanOrEqual(width)
    }
  }
}, 60_000)

it('draws every answer whole at every size, for one lane and for two', async () => {
  let state = stateOf({ kind: 'idle' })
  const latest = new Latest(() => state)
  const host = await hostBrowser({ state: latest, lanes: ['lane-1'], pageDevices }, { port: 0 })
  if (typeof host === 'string') throw new Error(host)
  onTestFinished(() => host.stop())
  const { page } = await openPage()
  await page.goto(host.url)
  for (const [width, height, lanes] of sizes) {
    await page.setViewportSize({ width, height })
    for (const [i, screen] of fullest().entries()) {
      // The site's name says that the page has drawn this state.
      state = { ...stateOf(screen), site: `${width} ${lanes} ${i}` }
      state.lanes = Array.from({ length: lanes }, (_, n) => state.lanes.map((lane) => ({ ...lane, id: `${n}` }))).flat()
      latest.changed()
      await page.getByText(state.site ?? '', { exact: true }).waitFor()
      await page.evaluate(() => document.fonts.ready)
      expect(await page.evaluate(cutOff), `${width}×${height}, ${JSON.stringify(screen)}`).toEqual([])
    }
  }
}, 120_000)

it('keeps the answer in sight however long the texts of a code are', async () => {
  const long = 'Tên rất dài '.repeat(300)
  const masked = {
    birthYear: 1990,
    name: long,
    document: long,
    phone: long,
    address: long.replaceAll(' ', ''),
    certificate,
  }
  const credential = { kind: 'x-staff', verified: false, label: { vi: long, en: long } }
  const refusal = { ...verdict, credential, masked, outcome: 'denied', reason: 'expired' } as const
  const state = stateOf({ kind: 'verdict', verdict: refusal })
  const host = await hostBrowser({ state: new Latest(() => state), lanes: ['lane-1'], pageDevices }, { port: 0 })
  if (typeof host === 'string') throw new Error(host)
  onTestFinished(() => host.stop())
  const { page } = await openPage()
  await page.goto(host.url)
  await page.locator('[data-screen="verdict"]').waitFor()
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height })
    const [field = 0, lane = 0] = await page
      .locator('.field, .screen')
      .evaluateAll((all) => all.map(({ clientHeight }) => clientHeight).sort((a, b) => a - b))
    expect(field / lane, `${width}×${height}`).toBeGreaterThan(0.32)
    const facts = await page.locator('.fact').evaluateAll((all) => all.map((fact) => fact.clientWidth))
    expect(Math.min(...facts), `${width}×${height}`).toBeGreaterThan(0)
  }
}, 60_000)

/** Texts that do not fit where they stand, or that reach over the edge of their part of the screen. Runs in the page. */
function cutOff(): string[] {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found: string[] = []
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const element = node.parentElement
    if (element === null || node.textContent?.trim() === '') continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const { left, top, right, bottom } = range.getBoundingClientRect()
    const part = element.closest('.field, .sheet, .welcome') ?? document.documentElement
    const edge = part.getBoundingClientRect()
    const outside = left < edge.left || top < edge.top || right > edge.right || bottom > edge.bottom
    const clipped = getComputedStyle(element).overflow !== 'visible' && element.scrollWidth > element.clientWidth
    if (outside || clipped) found.push(node.textContent ?? '')
  }
  return found
}
