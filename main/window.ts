import type { BrowserWindowConstructorOptions } from 'electron'

/** The kiosk window. `preload` is the absolute path of the built preload script. */
export function windowOptions(preload: string): BrowserWindowConstructorOptions {
  return {
    title: 'Gate Kiosk',
    kiosk: true,
    frame: false,
    autoHideMenuBar: true,
    roundedCorners: false,
    backgroundColor: '#ffffff',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      disableDialogs: true,
      devTools: false,
      backgroundThrottling: false,
      autoplayPolicy: 'no-user-gesture-required',
    },
  }
}

/** What counts of a key; Electron's `Input` is one. */
type Key = { key: string; code: string; control: boolean; alt: boolean; meta: boolean }

/**
 * Whether a key may not reach the page: every chord (zoom, reload, developer tools, close) and every function key.
 * Ctrl, Alt and the logo key by themselves may: the page has to know of a chord in what a reader types, for a code in
 * which it is missing would look whole. So may Alt with the digits of the keypad, which type a character.
 */
export function deniesKey({ key, code, control, alt, meta }: Key): boolean {
  if (/^(Control|Alt|AltGraph|Meta)$/.test(key)) return false
  if (alt && !control && !meta && /^Numpad\d$/.test(code)) return false
  return control || alt || meta || /^(F\d+|Browser\w+|Launch\w+|ContextMenu)$/.test(key)
}

export type Revival = 'none' | 'reload' | 'relaunch'

const maxCrashes = 5
const crashWindowMs = 5 * 60_000
const unresponsiveMs = 10_000

/** Decides what to do about a lost renderer: reload it, but after 5 losses in 5 minutes start the whole shell anew. */
export function createRevival(now: () => number): (reason: string) => Revival {
  let crashes: number[] = []
  return (reason) => {
    if (reason === 'clean-exit') return 'none'
    crashes = [...crashes.filter((at) => now() - at < crashWindowMs), now()]
    return crashes.length < maxCrashes ? 'reload' : 'relaunch'
  }
}

/** What is watched of a page; Electron's `WebContents` is one. */
export interface WatchedPage {
  on(event: 'render-process-gone', listener: (event: unknown, details: { reason: string }) => void): unknown
  on(event: 'unresponsive' | 'responsive', listener: () => void): unknown
  forcefullyCrashRenderer(): void
}

/** Revives a page that crashed, or that did not answer for 10 s. `lost` comes before either revival. */
export function watchPage(
  page: WatchedPage,
  on: { lost(reason: string): void; reload(): void; relaunch(): void },
): void {
  const revive = createRevival(() => performance.now())
  let patience: NodeJS.Timeout | undefined
  page.on('unresponsive', () => {
    clearTimeout(patience)
    patience = setTimeout(() => page.forcefullyCrashRenderer(), unresponsiveMs)
  })
  page.on('responsive', () => clearTimeout(patience))
  page.on('render-process-gone', (_event, { reason }) => {
    clearTimeout(patience)
    on.lost(reason)
    const revival = revive(reason)
    switch (revival) {
      case 'none':
        return
      case 'reload':
        return on.reload()
      case 'relaunch':
        return on.relaunch()
    }
  })
}
