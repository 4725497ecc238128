import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { contentSecurityPolicy } from '../contract/page.ts'
import { fakeCamera, openPage } from './support/chromium.ts'
import { tempFolder } from './support/folder.ts'
import { cccdOf } from './support/people.ts'
import { serve, visits } from './support/programs.ts'
import { addNoise, draw, modulesOf, type Pose, room, writeVideo } from './support/video.ts'

const held: Pose = { x: 500, y: 380, side: 260, roll: 0.2, yaw: 0.4, pitch: -0.2, light: 0.9 }

/** Somebody holds a code up, a little askew, for a second. */
function film(code: boolean[][]): string {
  const path = join(tempFolder(), 'camera.y4m')
  const pictures = Array.from({ length: 30 }, (_, n) => {
    const picture = room(0.6)
    draw(picture, code, { ...held, x: held.x + n }, { ...held, x: held.x + n + 1 })
    addNoise(picture, 6, n + 1)
    return picture
  })
  writeVideo(path, pictures)
  return path
}

/** With more errors than can be corrected. */
function scratched(code: boolean[][]): boolean[][] {
  return code.map((row, y) => row.map((isDark, x) => isDark && (Math.min(x, y) < 10 || Math.max(x, y) > 30)))
}

/** A worker whose script was answered by the test comes from no address, and may then ask no local one. */
const anyAddress = '--disable-features=LocalNetworkAccessChecks'

async function openGate(camera: object, video: string, prepare = async (_page: Page) => {}, args: string[] = []) {
  const settings = join(tempFolder(), 'settings.json')
  const readers = [{ id: 'cam', driver: 'camera', ...camera }]
  writeFileSync(settings, JSON.stringify({ lanes: [{ id: 'lane-1', name: 'Cổng A', direction: 'in', readers }] }))
  const data = tempFolder()
  const gate = await serve('service', ['--data', data, '--settings', settings])
  const { page, faults } = await openPage([...fakeCamera(video), ...args])
  await prepare(page)
  await page.goto(gate.url)
  return { data, page, faults }
}

it('lets a person in whose code is held in front of the camera, and keeps it as read by a camera', async () => {
  const { data, page, faults } = await openGate({}, film(modulesOf(cccdOf(1))))
  await page.locator('[data-outcome="admitted"],[data-outcome="warned"]').first().waitFor({ timeout: 30_000 })
  await page.locator('[data-screen="idle"] .camera video').waitFor({ timeout: 30_000 })
  expect(await page.locator('.camera').innerText()).toContain('Giữ mã QR trong khung')
  expect(faults).toEqual([])
  const [visit] = await visits('service', ['--data', data])
  expect(visit).toMatchObject({ reader: 'cam', method: 'camera' })
}, 90_000)

it('asks to hold a code still that it sees and cannot read, and answers nothing', async () => {
  const { data, page, faults } = await openGate({}, film(scratched(modulesOf(cccdOf(1)))))
  const hint = page.locator('.camera .hint')
  await hint.filter({ hasText: 'Giữ yên' }).waitFor({ timeout: 30_000 })
  for (const [width, height] of [
    [1920, 1080],
    [1080, 1920],
    [800, 480],
  ] as const) {
    await page.setViewportSize({ width, height })
    const [inner, outer] = [await hint.boundingBox(), await page.locator('.camera').boundingBox()]
    expect(inner?.y, `${width}×${height}`).toBeGreaterThan((outer?.y ?? 0) + (outer?.height ?? 0) / 2)
    expect(await hint.evaluate((at) => at.scrollWidth > at.clientWidth), `${width}×${height}`).toBe(false)
  }
  expect(faults).toEqual([])
  expect(await visits('service', ['--data', data])).toEqual([])
}, 90_000)

it('reads with the other decoder where the policy of the page refuses WebAssembly', async () => {
  let asked = 0
  const refuse = async (page: Page) => {
    page.on('request', (request) => {
      if (request.url().includes('/library-')) asked++
    })
    await page.route('**/assets/worker-*.js', async (route) => {
      const response = await route.fetch()
      const policy = contentSecurityPolicy.replace(" 'wasm-unsafe-eval'", '')
      await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } })
    })
  }
  const { data, page } = await openGate({}, film(modulesOf(cccdOf(1))), refuse, [anyAddress])
  await page.locator('[data-outcome="admitted"],[data-outcome="warned"]').first().waitFor({ timeout: 60_000 })
  expect(asked).toBe(1)
  const [visit] = await visits('service', ['--data', data])
  expect(visit).toMatchObject({ reader: 'cam', method: 'camera' })
}, 90_000)

it('takes no other camera than the one that the settings name', async () => {
  const { page } = await openGate({ label: 'Another camera' }, film(modulesOf(cccdOf(1))))
  await page.locator('[data-screen="fault"]').waitFor()
  await page.waitForFunction(() => performance.now() > 3000)
  expect(await page.locator('.lane').getAttribute('data-screen')).toBe('fault')
}, 90_000)

it('says when the camera is pulled out, and goes on when it is back', async () => {
  const { page } = await openGate({}, film(modulesOf(cccdOf(1))), async (page) => {
    await page.addInitScript(() => {
      const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
      const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices)
      let plugged = true
      const tracks: MediaStreamTrack[] = []
      navigator.mediaDevices.enumerateDevices = async () => (plugged ? list() : [])
      navigator.mediaDevices.getUserMedia = async (asked) => {
        const stream = await real(asked)
        tracks.push(...stream.getTracks())
        return stream
      }
      const plug = (is: boolean) => {
        plugged = is
        if (!is) for (const track of tracks.splice(0)) track.dispatchEvent(new Event('ended'))
        navigator.mediaDevices.dispatchEvent(new Event('devicechange'))
      }
      Object.assign(window, { plug })
    })
  })
  await page.locator('.camera video').waitFor({ timeout: 30_000 })
  await page.evaluate('plug(false)')
  await page.locator('[data-screen="fault"]').waitFor()
  await page.evaluate('plug(true)')
  await page.locator('.camera video').waitFor({ timeout: 30_000 })
}, 90_000)
