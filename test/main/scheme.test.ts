import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentSecurityPolicy } from '../../contract/page.ts'
import { locate, serve } from '../../main/scheme.ts'

let folder = ''
let root = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gate-kiosk-scheme-'))
  root = join(folder, 'renderer')
  await mkdir(join(root, 'assets'), { recursive: true })
  await mkdir(join(folder, 'renderer-secret'))
  await writeFile(join(folder, 'secret.txt'), 'secret')
  await writeFile(join(folder, 'renderer-secret', 'secret.txt'), 'secret')
  await writeFile(join(root, '.hidden'), 'secret')
  await writeFile(join(root, 'index.html'), '<!doctype html>')
  await writeFile(join(root, 'assets', 'index-B1x_y-z.js'), 'export {}')
  await writeFile(join(root, 'assets', 'font.latin.woff2'), 'font')
})

afterAll(() => rm(folder, { recursive: true }))

// Not a real Request: that would tidy the address first.
const get = (url: string, method = 'GET') => serve({ url, method }, root)

describe('the page over app://gate', () => {
  it.each([
    ['app://gate/', 'text/html; charset=utf-8', '<!doctype html>'],
    ['app://gate', 'text/html; charset=utf-8', '<!doctype html>'],
    ['app://gate/?lane=a#x', 'text/html; charset=utf-8', '<!doctype html>'],
    ['app://gate/index.html', 'text/html; charset=utf-8', '<!doctype html>'],
    ['app://gate/assets/index-B1x_y-z.js?v=1', 'text/javascript; charset=utf-8', 'export {}'],
    ['app://gate/assets/font.latin.woff2', 'font/woff2', 'font'],
  ])('serves %s', async (address, type, body) => {
    const response = await get(address)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await response.text()).toBe(body)
  })

  it.each([
    'app://gate/../secret.txt',
    'app://gate/%2e%2e/secret.txt',
    'app://gate/%2E%2E%2Fsecret.txt',
    'app://gate/..%2fsecret.txt',
    'app://gate/%252e%252e%252fsecret.txt',
    'app://gate/assets/..%2f..%2fsecret.txt',
    'app://gate/..%5csecret.txt',
    'app://gate/..\\secret.txt',
    'app://gate/assets\\..\\..\\secret.txt',
    'app://gate/../renderer-secret/secret.txt',
    'app://gate/index.html%00.txt',
    'app://gate/%00',
    'app://gate/%',
    'app://gate//etc/passwd',
    'app://gate/etc/passwd',
    'app://gate/C:/Windows/win.ini',
    'app://gate/index.html::$DATA',
    'app://gate/.hidden',
    'app://gate/assets',
    'app://gate/assets/',
    'app://gate/absent.js',
    'app://gate/index.html/x',
    'app://other/index.html',
    'app://gate.example/index.html',
    'app://gate:80/index.html',
    'app://user@gate/index.html',
    'not an address',
    'https://gate/index.html',
  ])('answers 404 to %s', async (address) => {
    const response = await get(address)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy)
    expect(await response.text()).toBe('not found')
  })

  it('never names a file outside its folder, whatever is asked', () => {
    const piece = fc.oneof(fc.constantFrom('..', '.', '%2e', '%2f', '%5c', '\\', '/', '%00', ':'), fc.string())
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const file = locate(`app://gate/${pieces.join('')}`, root)
        expect(file === null || (file.startsWith(root + sep) && !file.includes(`..${sep}`))).toBe(true)
      }),
    )
  })

  it('answers 405 to anything but GET', async () => {
    expect((await get('app://gate/', 'POST')).status).toBe(405)
  })

  it('allows no script, style or connection but its own', () => {
    expect(contentSecurityPolicy).toContain("default-src 'none'")
    expect(contentSecurityPolicy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/)
  })
})
