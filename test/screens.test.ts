import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import type { Screen, State } from '../contract/state.ts'
import { hostBrowser } from '../service/hosts/browser.ts'
import { Latest } from '../service/state.ts'
import { openPage } from './support/chromium.ts'

const folder = fileURLToPath(new URL('../docs/screens', import.meta.url))
/** A picture must look the same at every run, so its time stands still. */
const now = '2026-11-21T08:30:00.000+07:00'

const person = { name: 'Nguyễn Văn ***', document: '******000001', birthYear: 1990 }
const verdict = {
  visit: { seq: 1, id: '01a1fbea-427b-741f-a838-44cb9560af04' },
  direction: 'in',
  credential: { kind: 'signed', verified: true },
  masked: person,
  at: now,
} as const

const scenes: Record<string, Screen> = {
  idle: { kind: 'idle' },
  green: { kind: 'verdict', verdict: { ...verdict, outcome: 'admitted', reason: '' } },
  notice: {
    kind: 'verdict',
    verdict: { ...verdict, outcome: 'warned', reason: 'repeated', credential: { kind: 'cccd', verified: false } },
  },
  red: { kind: 'verdict', verdict: { ...verdict, outcome: 'denied', reason: 'expired' } },
  retry: { kind: 'retry' },
  fault: { kind: 'fault', fault: 'reader-lost' },
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
    lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'in', screen, readers }],
  }
}

it('draws every screen whole at 1920×1080, in Vietnamese and English, and keeps a picture of each', async () => {
  let state = stateOf({ kind: 'idle' })
  const latest = new Latest(() => state)
  const host = await hostBrowser({ state: latest, lanes: ['lane-1'] }, { port: 0 })
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
  const host = await hostBrowser({ state: new Latest(() => state), lanes: ['lane-1'] }, { port: 0 })
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

/** Texts that do not fit where they stand, or that reach over the edge of the window. Runs in the page. */
function cutOff(): string[] {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found: string[] = []
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const element = node.parentElement
    if (element === null || node.textContent?.trim() === '') continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const { left, top, right, bottom } = range.getBoundingClientRect()
    const outside = left < 0 || top < 0 || right > window.innerWidth || bottom > window.innerHeight
    const clipped = getComputedStyle(element).overflow !== 'visible' && element.scrollWidth > element.clientWidth
    if (outside || clipped) found.push(node.textContent ?? '')
  }
  return found
}
