import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { contentSecurityPolicy } from '../contract/page.ts'

/** Where the page lives: `app://gate/` is the document, `app://gate/assets/…` the rest of the renderer's build. */
export const scheme = 'app'
export const pageUrl = `${scheme}://gate/`

const contentTypes = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.jpg', 'image/jpeg'],
  ['.webp', 'image/webp'],
  ['.woff2', 'font/woff2'],
  ['.wasm', 'application/wasm'],
  ['.mp3', 'audio/mpeg'],
  ['.ogg', 'audio/ogg'],
  ['.wav', 'audio/wav'],
])

// Vite gives every file of a build a plain ASCII name, so nothing has to be decoded, and whatever is not plain
// (dots that climb, percent signs, backslashes, colons, NUL) is not ours: nothing can leave the folder.
const plainPath = /^(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$/

/** Whether an address belongs to our page: `app://gate/…`, without user or port. */
export function isOurs(address: string): boolean {
  const url = URL.parse(address)
  // `origin` is "null" for a scheme that Node does not know, so the parts are compared.
  return url !== null && url.protocol === `${scheme}:` && url.host === 'gate' && url.username === ''
}

/** The file under `root` that an address names, or null where it can name none. The file may be absent. */
export function locate(address: string, root: string): string | null {
  const path = isOurs(address) ? URL.parse(address)?.pathname : undefined
  if (path === undefined) return null
  if (path === '/' || path === '') return join(root, 'index.html')
  return plainPath.test(path) ? join(root, path) : null
}

function headers(type: string): Record<string, string> {
  return {
    'content-type': type,
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
  }
}

function refuse(status: number, why: string): Response {
  return new Response(why, { status, headers: headers('text/plain; charset=utf-8') })
}

/** Answers a request for `app://gate/…` from the files under `root`: 200, 404, or 405 for anything but GET. */
export async function serve(request: { url: string; method: string }, root: string): Promise<Response> {
  if (request.method !== 'GET') return refuse(405, 'expected GET')
  const file = locate(request.url, root)
  if (file === null) return refuse(404, 'not found')
  const type = contentTypes.get(extname(file)) ?? 'application/octet-stream'
  try {
    return new Response(await readFile(file), { headers: headers(type) })
  } catch {
    // Absent, a folder or unreadable: the page can do nothing else about any of them.
    return refuse(404, 'not found')
  }
}
