import { type Browser, chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync']

/** A page of the system's Chromium at 1920×1080. `faults` collects what the page itself finds wrong. */
export async function openPage(args: readonly string[] = []): Promise<{ page: Page; faults: string[] }> {
  const noSandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser: Browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...quiet, '--disable-component-update', ...noSandbox, ...args],
  })
  onTestFinished(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } })
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  return { page, faults }
}

/** A camera that shows the video of a file, again and again; permission is given unasked. */
export function fakeCamera(video: string): string[] {
  return [
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${video}`,
  ]
}
