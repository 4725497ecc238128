import { isOurs, pageUrl } from './scheme.ts'

interface RequestDetails {
  isMainFrame: boolean
  requestingUrl: string
  mediaTypes?: readonly string[]
}

interface CheckDetails {
  isMainFrame: boolean
  mediaType?: string
}

/** The one permission that is ever granted: the camera, without its microphone, to our own page. */
export function allowsRequest(permission: string, details: RequestDetails): boolean {
  const media = details.mediaTypes ?? []
  const camera = permission === 'media' && media.length > 0 && media.every((type) => type === 'video')
  return camera && details.isMainFrame && isOurs(details.requestingUrl)
}

/** The same rule for the silent check that web APIs make before, or instead of, a request. */
export function allowsCheck(permission: string, origin: string, details: CheckDetails): boolean {
  return permission === 'media' && details.mediaType === 'video' && details.isMainFrame && isOurs(origin)
}

/** The page may load itself again, in the main frame; it may go nowhere else. */
export function allowsNavigation(address: string, isMainFrame: boolean): boolean {
  return isMainFrame && isOurs(address) && URL.parse(address)?.pathname === URL.parse(pageUrl)?.pathname
}

/** Whether a message came from the main frame of our own page. */
export function isOurFrame(frame: { url: string; parent: unknown } | null): boolean {
  return frame !== null && frame.parent === null && isOurs(frame.url)
}

interface Cancellable {
  preventDefault(): void
}

interface Navigation extends Cancellable {
  url: string
  isMainFrame: boolean
}

/** What is guarded of a page; Electron's `WebContents` is one. */
export interface GuardedContents {
  on(event: 'will-navigate', listener: (event: Navigation) => void): unknown
  on(event: 'will-frame-navigate', listener: (event: Navigation) => void): unknown
  on(event: 'will-redirect', listener: (event: Navigation) => void): unknown
  on(event: 'will-attach-webview', listener: (event: Cancellable) => void): unknown
  setWindowOpenHandler(handler: () => { action: 'deny' }): void
}

/** Electron's `Session`. */
export interface GuardedSession {
  setPermissionRequestHandler(
    handler: (
      contents: unknown,
      permission: string,
      callback: (granted: boolean) => void,
      details: RequestDetails,
    ) => void,
  ): void
  setPermissionCheckHandler(
    handler: (contents: unknown, permission: string, origin: string, details: CheckDetails) => boolean,
  ): void
  on(event: 'will-download', listener: (event: Cancellable) => void): unknown
}

/** Electron's `app`. */
export interface GuardedApp {
  on(event: 'web-contents-created', listener: (event: unknown, contents: GuardedContents) => void): unknown
}

function guardContents(contents: GuardedContents): void {
  const stay = (event: Navigation) => {
    if (!allowsNavigation(event.url, event.isMainFrame)) event.preventDefault()
  }
  // will-frame-navigate covers sub-frames as well; a redirect has an event of its own.
  contents.on('will-navigate', stay)
  contents.on('will-frame-navigate', stay)
  contents.on('will-redirect', stay)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
}

/** Puts every guard in place, for this session and for every page made later. */
export function installGuards(app: GuardedApp, session: GuardedSession): void {
  session.setPermissionRequestHandler((_contents, permission, callback, details) =>
    callback(allowsRequest(permission, details)),
  )
  session.setPermissionCheckHandler((_contents, permission, origin, details) =>
    allowsCheck(permission, origin, details),
  )
  session.on('will-download', (event) => event.preventDefault())
  app.on('web-contents-created', (_event, contents) => guardContents(contents))
}
