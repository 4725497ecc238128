import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRevival, deniesKey, watchPage, windowOptions } from '../../main/window.ts'
import { PageStandIn } from './stand-in.ts'

describe('the kiosk window', () => {
  it('is locked down', () => {
    expect(windowOptions('/app/preload.cjs')).toMatchObject({
      kiosk: true,
      frame: false,
      roundedCorners: false,
      webPreferences: {
        preload: '/app/preload.cjs',
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
        spellcheck: false,
        devTools: false,
        backgroundThrottling: false,
        autoplayPolicy: 'no-user-gesture-required',
      },
    })
  })
})

describe('keys', () => {
  const plain = { code: '', control: false, alt: false, meta: false }

  it.each(['F1', 'F5', 'F11', 'F12', 'F24', 'BrowserBack', 'BrowserHome', 'LaunchMail', 'ContextMenu'])(
    'do not reach the page: %s',
    (key) => expect(deniesKey({ ...plain, key })).toBe(true),
  )

  it.each([
    { key: '+', control: true },
    { key: '0', control: true },
    { key: 'I', control: true },
    { key: 'w', control: true },
    { key: 'r', meta: true },
    { key: 'F4', alt: true },
    { key: 'ArrowLeft', code: 'ArrowLeft', alt: true },
    { key: '4', code: 'Digit4', alt: true },
    { key: '4', code: 'Numpad4', alt: true, control: true },
    { key: '0', code: 'Numpad0', control: true },
  ])('do not reach the page as the chord $key', (chord) => {
    expect(deniesKey({ ...plain, ...chord })).toBe(true)
  })

  it.each(['Enter', '0', '+', '-', '*', '/', '.', 'Escape', 'F', 'a', 'ế'])('reach the page: %s', (key) => {
    expect(deniesKey({ ...plain, key })).toBe(false)
  })

  it.each([
    { key: 'Control', code: 'ControlLeft', control: true },
    { key: 'Alt', code: 'AltLeft', alt: true },
    { key: 'AltGraph', code: 'AltRight', control: true, alt: true },
    { key: 'Meta', code: 'MetaLeft', meta: true },
  ])('tell the page of a chord, though not which: $key', (modifier) => {
    expect(deniesKey({ ...plain, ...modifier })).toBe(false)
  })

  it.each(['4', 'ArrowLeft'])('reach the page when a reader types a character by Alt and the keypad: %s', (key) => {
    expect(deniesKey({ ...plain, key, code: 'Numpad4', alt: true })).toBe(false)
  })
})

describe('a lost page', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const watched = () => {
    const page = new PageStandIn()
    const on = { lost: vi.fn(), reload: vi.fn(), relaunch: vi.fn() }
    watchPage(page, on)
    return { page, on, lose: (reason: string) => page.emit('render-process-gone', {}, { reason }) }
  }

  it.each(['abnormal-exit', 'killed', 'crashed', 'oom', 'launch-failed', 'integrity-failure', 'memory-eviction'])(
    'is loaded again after "%s"',
    (reason) => {
      const { on, lose } = watched()
      lose(reason)
      expect(on.lost).toHaveBeenCalledExactlyOnceWith(reason)
      expect(on.reload).toHaveBeenCalledOnce()
      expect(on.relaunch).not.toHaveBeenCalled()
    },
  )

  it('is left alone after a clean exit', () => {
    const { on, lose } = watched()
    lose('clean-exit')
    expect(on.lost).toHaveBeenCalledOnce()
    expect(on.reload).not.toHaveBeenCalled()
  })

  it('makes the shell start anew at the fifth loss within five minutes', () => {
    const { on, lose } = watched()
    for (let loss = 0; loss < 5; loss++) lose('crashed')
    expect(on.reload).toHaveBeenCalledTimes(4)
    expect(on.relaunch).toHaveBeenCalledOnce()
  })

  it('is loaded again for ever when the losses are far apart', () => {
    let now = 0
    const revive = createRevival(() => now)
    for (let loss = 0; loss < 50; loss++) {
      expect(revive('oom')).toBe('reload')
      now += 75_000
    }
  })

  it('is crashed on purpose, and so loaded again, when it does not answer for ten seconds', () => {
    const { page } = watched()
    page.emit('unresponsive')
    vi.advanceTimersByTime(9999)
    expect(page.crashes).toBe(0)
    vi.advanceTimersByTime(1)
    expect(page.crashes).toBe(1)
  })

  it('is spared when it answers again or is already gone', () => {
    const { page, lose } = watched()
    page.emit('unresponsive')
    page.emit('responsive')
    page.emit('unresponsive')
    lose('crashed')
    vi.runAllTimers()
    expect(page.crashes).toBe(0)
  })
})
