/** How a page reaches the service and under which policy it runs, for both hosts alike. */

/** The WebSocket of the browser host; the second sub-protocol that the page offers is the secret of its address. */
export const socketPath = '/rpc'
export const socketProtocol = 'gate-kiosk'

/** Inside the shell the page asks on the first of these, and gets its port on the second. */
export const readyChannel = 'gate-kiosk:ready'
export const portChannel = 'gate-kiosk:port'

/** The page loads nothing from anywhere else; `wasm-unsafe-eval` is for the decoder of camera pictures alone. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
