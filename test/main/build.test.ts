import { EventEmitter } from 'node:events'
import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { createBuilder } from 'vite'
import { beforeAll, describe, expect, it } from 'vitest'
import { createPorts } from '../../main/ports.ts'
import { PageStandIn, received, ServiceStandIn } from './stand-in.ts'

interface Chunk {
  fileName: string
  code: string
  imports: string[]
}

/** Builds one part with the project's own configuration, without writing it. */
async function build(name: string): Promise<Chunk> {
  const configFile = fileURLToPath(new URL('../../main/vite.config.ts', import.meta.url))
  const builder = await createBuilder({ configFile, logLevel: 'error', build: { write: false } })
  const environment = builder.environments[name]
  if (environment === undefined) throw new Error(`expected an environment ${name} in ${configFile}`)
  const built = await builder.build(environment)
  const chunks = 'output' in built ? built.output : []
  const chunk = chunks[0]
  if (chunk === undefined || chunks.length > 1) throw new Error(`expected one file of ${name}, got ${chunks.length}`)
  return chunk
}

interface WindowMessage {
  source: unknown
  data: unknown
  origin: string
  ports: MessagePort[]
}

/** As much of a page's window as the preload script uses. */
class WindowStandIn extends EventEmitter {
  readonly location = { origin: 'app://gate' }

  addEventListener(type: string, listener: (event: WindowMessage) => void): void {
    this.on(type, listener)
  }

  postMessage(data: unknown, origin: string, ports: MessagePort[] = []): void {
    this.emit('message', { source: this, data, origin, ports: structuredClone(ports, { transfer: ports }) })
  }
}

/** The built preload script in a page of its own, joined to the hand-over code. */
function load(preload: Chunk) {
  const window = new WindowStandIn()
  const page = new PageStandIn()
  const ports = createPorts(() => new MessageChannel())
  const sent: unknown[][] = []
  const ipcRenderer = Object.assign(new EventEmitter(), {
    send: (...message: unknown[]) => {
      sent.push(message)
      ports.pageReady(page)
    },
  })
  page.on('received', (channel: string, received: MessagePort[]) => ipcRenderer.emit(channel, { ports: received }))
  const require = (name: string) => (name === 'electron' ? { ipcRenderer } : undefined)
  runInContext(preload.code, createContext({ window, require }))
  return { window, ports, sent }
}

const notOfNode = (names: string[]) => names.filter((name) => !builtinModules.includes(name.replace('node:', '')))

describe('the built shell', () => {
  it('is one ES module that imports Electron and Node alone', async () => {
    const { fileName, imports, code } = await build('main')
    expect(fileName).toBe('main.js')
    expect(notOfNode(imports)).toEqual(['electron'])
    expect(code).toContain('import.meta.dirname')
  })
})

describe('the built service', () => {
  it('is one ES module that imports Node and the native packages of electron-builder.yml alone', async () => {
    const { fileName, imports } = await build('service')
    expect(fileName).toBe('shell.js')
    expect(notOfNode(imports).sort()).toEqual(['better-sqlite3', 'node-hid', 'serialport'])
  })
})

describe('the built preload script', () => {
  let preload: Chunk

  beforeAll(async () => {
    preload = await build('preload')
  })

  it('is CommonJS and requires Electron alone, as a sandbox demands', () => {
    expect(preload.fileName).toBe('preload.cjs')
    expect(preload.imports).toEqual(['electron'])
    expect(preload.code).not.toMatch(/^(import|export) /m)
  })

  it('carries a port from the shell to the page that asked for it', () => {
    const { window, ports } = load(preload)
    const service = new ServiceStandIn()
    const messages: WindowMessage[] = []
    window.addEventListener('message', (event) => messages.push(event))
    ports.serviceStarted(service)
    window.postMessage({ kind: 'gate-kiosk:ready' }, 'app://gate')
    const handed = messages.find((event) => event.ports.length > 0)
    expect(handed).toMatchObject({ data: { kind: 'gate-kiosk:port' }, origin: 'app://gate', source: window })
    handed?.ports[0]?.postMessage('hello')
    expect(received(service.ports[0])).toBe('hello')
    service.ports[0]?.postMessage('welcome')
    expect(received(handed?.ports[0])).toBe('welcome')
  })

  it('asks the shell once for every time the page is ready, and says nothing more', () => {
    const { window, sent } = load(preload)
    window.postMessage({ kind: 'gate-kiosk:ready', extra: 'not passed on' }, 'app://gate')
    window.postMessage({ kind: 'gate-kiosk:ready' }, 'app://gate')
    expect(sent).toEqual([['gate-kiosk:ready'], ['gate-kiosk:ready']])
  })

  it('ignores every other message and every other sender', () => {
    const { window, sent } = load(preload)
    for (const data of [null, undefined, 'gate-kiosk:ready', 1, {}, { kind: 'other' }, { kind: 'gate-kiosk:port' }]) {
      window.postMessage(data, 'app://gate')
    }
    window.emit('message', { source: {}, data: { kind: 'gate-kiosk:ready' }, ports: [] })
    window.emit('message', { source: null, data: { kind: 'gate-kiosk:ready' }, ports: [] })
    expect(sent).toEqual([])
  })
})
