import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { allowsCheck, allowsNavigation, allowsRequest, installGuards, isOurFrame } from '../../main/guards.ts'
import { AppStandIn, PageStandIn, SessionStandIn } from './stand-in.ts'

const ours = 'app://gate/'
const foreign = [
  'https://gate/',
  'app://gate.example/',
  'app://gate:1/',
  'app://user@gate/',
  'app:gate',
  'file:///gate',
  'about:blank',
  '',
  'null',
]

/** Every permission that a handler of Electron's session can be asked for, read from Electron's own types. */
function permissionsOf(handler: string): string[] {
  const types = readFileSync(new URL('../../node_modules/electron/electron.d.ts', import.meta.url), 'utf8')
  const line = types.split('\n').find((text) => text.includes(`${handler}(handler:`)) ?? ''
  return [...(/permission: ([^,]+),/.exec(line)?.[1] ?? '').matchAll(/'([^']+)'/g)].map((match) => match[1] ?? '')
}

describe('permissions', () => {
  const requested = permissionsOf('setPermissionRequestHandler')
  const checked = permissionsOf('setPermissionCheckHandler')

  it('are read from the types of Electron', () => {
    expect(requested.length).toBeGreaterThan(30)
    expect(requested).toContain('media')
    expect(checked).toContain('media')
  })

  it.each(requested)('grant a request for "%s" only when it is the camera', (permission) => {
    const details = { isMainFrame: true, requestingUrl: ours, mediaTypes: ['video'] }
    expect(allowsRequest(permission, details)).toBe(permission === 'media')
    expect(allowsRequest(permission, { isMainFrame: true, requestingUrl: ours })).toBe(false)
  })

  it.each(checked)('pass a check of "%s" only when it is the camera', (permission) => {
    expect(allowsCheck(permission, ours, { isMainFrame: true, mediaType: 'video' })).toBe(permission === 'media')
    expect(allowsCheck(permission, ours, { isMainFrame: true })).toBe(false)
  })

  it('refuse the microphone, alone or with the camera', () => {
    for (const mediaTypes of [['audio'], ['video', 'audio'], []]) {
      expect(allowsRequest('media', { isMainFrame: true, requestingUrl: ours, mediaTypes })).toBe(false)
    }
    for (const mediaType of ['audio', 'unknown']) {
      expect(allowsCheck('media', ours, { isMainFrame: true, mediaType })).toBe(false)
    }
  })

  it('refuse the camera to a sub-frame', () => {
    expect(allowsRequest('media', { isMainFrame: false, requestingUrl: ours, mediaTypes: ['video'] })).toBe(false)
    expect(allowsCheck('media', ours, { isMainFrame: false, mediaType: 'video' })).toBe(false)
  })

  it.each(foreign)('refuse the camera to the foreign page "%s"', (page) => {
    expect(allowsRequest('media', { isMainFrame: true, requestingUrl: page, mediaTypes: ['video'] })).toBe(false)
    expect(allowsCheck('media', page, { isMainFrame: true, mediaType: 'video' })).toBe(false)
  })
})

describe('navigation', () => {
  it('lets the page load itself again', () => {
    expect(allowsNavigation('app://gate/', true)).toBe(true)
    expect(allowsNavigation('app://gate/?lane=a', true)).toBe(true)
  })

  it.each([...foreign, 'app://gate/assets/index.js', 'app://gate//'])('goes nowhere else: "%s"', (address) => {
    expect(allowsNavigation(address, true)).toBe(false)
  })

  it('never happens in a sub-frame', () => {
    expect(allowsNavigation(ours, false)).toBe(false)
  })
})

describe('a message to the shell', () => {
  it('counts only from the main frame of our own page', () => {
    expect(isOurFrame({ url: 'app://gate/?lane=a', parent: null })).toBe(true)
    expect(isOurFrame({ url: ours, parent: { url: ours } })).toBe(false)
    expect(isOurFrame(null)).toBe(false)
    for (const url of foreign) expect(isOurFrame({ url, parent: null })).toBe(false)
  })
})

describe('the installed guards', () => {
  const installed = () => {
    const app = new AppStandIn()
    const session = new SessionStandIn()
    const page = new PageStandIn()
    installGuards(app, session)
    app.emit('web-contents-created', {}, page)
    return { session, page }
  }

  it('answer requests and checks by the rules', () => {
    const { session } = installed()
    const granted: boolean[] = []
    const answer = (yes: boolean) => void granted.push(yes)
    session.request?.(null, 'media', answer, { isMainFrame: true, requestingUrl: ours, mediaTypes: ['video'] })
    session.request?.(null, 'geolocation', answer, { isMainFrame: true, requestingUrl: ours })
    expect(granted).toEqual([true, false])
    expect(session.check?.(null, 'media', ours, { isMainFrame: true, mediaType: 'video' })).toBe(true)
    expect(session.check?.(null, 'serial', ours, { isMainFrame: true })).toBe(false)
  })

  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect'])('hold the page at %s', (event) => {
    const { page } = installed()
    const away = { url: 'https://example.org/', isMainFrame: true, preventDefault: vi.fn() }
    const again = { url: ours, isMainFrame: true, preventDefault: vi.fn() }
    page.emit(event, away)
    page.emit(event, again)
    expect(away.preventDefault).toHaveBeenCalledOnce()
    expect(again.preventDefault).not.toHaveBeenCalled()
  })

  it('refuse new windows, web views and downloads', () => {
    const { session, page } = installed()
    const view = { preventDefault: vi.fn() }
    const download = { preventDefault: vi.fn() }
    page.emit('will-attach-webview', view)
    session.emit('will-download', download)
    expect(view.preventDefault).toHaveBeenCalledOnce()
    expect(download.preventDefault).toHaveBeenCalledOnce()
    expect(page.windowOpen()).toEqual({ action: 'deny' })
  })
})
