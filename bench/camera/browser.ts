import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build, preview } from 'vite'
import { fakeCamera } from '../../test/support/chromium.ts'

export type Opened = {
  page: Page
  /** The time that the renderers, and the browser as a whole, spent on a processor so far, in s. */
  spent(): Promise<{ renderers: number; all: number }>
  /** The memory of the renderers that is in use, in kB (VmRSS of proc_pid_status(5)), after the garbage is collected. */
  resident(): Promise<number>
  close(): Promise<void>
}

/** The page of this folder in Chromium, with a film as its camera. Builds into `folder`. */
export async function open(folder: string, film: string): Promise<Opened> {
  const root = fileURLToPath(new URL('.', import.meta.url))
  const outDir = join(folder, 'page')
  const common = { root, base: './', logLevel: 'warn', configFile: false, worker: { format: 'es' } } as const
  await build({ ...common, build: { outDir, emptyOutDir: true, chunkSizeWarningLimit: 2000 } })
  const server = await preview({ ...common, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } })
  const noSandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const args = ['--disable-gpu', '--no-first-run', ...noSandbox, ...fakeCamera(film)]
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args })
  const page = await browser.newPage()
  await page.goto(server.resolvedUrls?.local[0] ?? '')
  await page.waitForFunction(() => 'bench' in window)
  const close = async () => {
    await browser.close()
    await server.close()
  }
  return { page, ...(await figures(browser, page)), close }
}

async function figures(browser: Browser, page: Page): Promise<Pick<Opened, 'spent' | 'resident'>> {
  const [whole, tab] = [await browser.newBrowserCDPSession(), await page.context().newCDPSession(page)]
  const list = async () => (await whole.send('SystemInfo.getProcessInfo')).processInfo
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
  return {
    spent: async () => {
      const all = await list()
      const renderers = all.filter(({ type }) => type === 'renderer')
      return { renderers: sum(renderers.map((one) => one.cpuTime)), all: sum(all.map((one) => one.cpuTime)) }
    },
    resident: async () => {
      await tab.send('HeapProfiler.collectGarbage')
      const renderers = (await list()).filter(({ type }) => type === 'renderer')
      return sum(renderers.map(({ id }) => Number(/VmRSS:\s+(\d+) kB/.exec(status(id))?.[1])))
    },
  }
}

const status = (pid: number) => readFileSync(`/proc/${pid}/status`, 'utf8')
