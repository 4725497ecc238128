import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const onPath = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'msedge']
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** A browser that can show a page in app mode, and whether there is a display to show it on. */
export function findBrowser(): { kind: 'found'; path: string } | { kind: 'none'; why: string } {
  const display = process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']
  if (!display) return { kind: 'none', why: 'there is no display here' }
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const candidates = [...onPath.flatMap((name) => folders.map((folder) => join(folder, name))), ...elsewhere]
  const path = candidates.find((candidate) => existsSync(candidate))
  return path === undefined ? { kind: 'none', why: 'no Chromium, Chrome or Edge was found' } : { kind: 'found', path }
}

/** Shows the page in a window of its own, with a profile of its own. */
export function openBrowser(path: string, url: string, profile: string): ChildProcess {
  const quiet = ['--no-first-run', '--no-default-browser-check', '--disable-background-networking', '--disable-sync']
  const noSandbox = process.getuid?.() === 0 ? ['--no-sandbox', '--test-type'] : []
  const sound = '--autoplay-policy=no-user-gesture-required'
  const args = [`--app=${url}`, `--user-data-dir=${profile}`, '--start-maximized', '--password-store=basic', sound]
  return spawn(path, [...args, ...quiet, ...noSandbox, '--disable-component-update', '--disable-features=Translate'], {
    stdio: 'ignore',
  })
}
