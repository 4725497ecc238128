import { EventEmitter } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { giveKey, type SafeStorage, serviceKey } from '../../main/custody.ts'
import { supervise } from '../../main/supervisor.ts'
import { type ParentPort, receiveKey } from '../../service/hosts/shell.ts'
import { tempFolder } from '../support/folder.ts'
import { ServiceStandIn } from './stand-in.ts'

/** Stands in for Electron's `safeStorage`: seals under the user that it was made for. */
function storageOf(user: string, faults: Partial<SafeStorage> = {}): SafeStorage {
  const mark = `sealed for ${user}: `
  return {
    isAsyncEncryptionAvailable: async () => true,
    getSelectedStorageBackend: () => 'gnome_libsecret',
    encryptStringAsync: async (text) => Buffer.from(mark + Buffer.from(text).toString('hex')),
    decryptStringAsync: async (sealed) => {
      const text = sealed.toString()
      if (!text.startsWith(mark)) throw new Error('sealed for somebody else')
      return { result: Buffer.from(text.slice(mark.length), 'hex').toString(), shouldReEncrypt: false }
    },
    ...faults,
  }
}

const key = { kind: 'key', key: expect.stringMatching(/^[\w-]{43}$/) }

describe('the key that the shell keeps for the service', () => {
  it('is made once, and lies sealed in a file of its own', async () => {
    const folder = tempFolder()
    const made = await serviceKey(storageOf('an'), folder, 'win32')
    expect(made).toEqual(key)
    expect(await serviceKey(storageOf('an'), folder, 'win32')).toEqual(made)
    expect(readdirSync(folder)).toEqual(['service.key'])
    expect(readFileSync(join(folder, 'service.key'), 'utf8')).not.toContain(made.kind === 'key' ? made.key : '')
    expect(await serviceKey(storageOf('an'), tempFolder(), 'win32')).not.toEqual(made)
  })

  it.each(['basic_text', 'unknown'])('is not entrusted to %s on Linux', async (backend) => {
    const storage = storageOf('an', { getSelectedStorageBackend: () => backend })
    const folder = tempFolder()
    expect(await serviceKey(storage, folder, 'linux')).toEqual({ kind: 'none', why: expect.stringContaining(backend) })
    expect(readdirSync(folder)).toEqual([])
  })

  it.each(['gnome_libsecret', 'kwallet', 'kwallet6'])('is entrusted to %s on Linux', async (backend) => {
    const storage = storageOf('an', { getSelectedStorageBackend: () => backend })
    expect(await serviceKey(storage, tempFolder(), 'linux')).toEqual(key)
  })

  it('is not asked for the backend elsewhere, where Electron has no such question', async () => {
    const getSelectedStorageBackend = () => {
      throw new Error('no such function')
    }
    expect(await serviceKey(storageOf('an', { getSelectedStorageBackend }), tempFolder(), 'darwin')).toEqual(key)
  })

  it('stays as it is while the system cannot answer', async () => {
    const folder = tempFolder()
    const made = await serviceKey(storageOf('an'), folder, 'win32')
    const silent = new Promise<never>(() => undefined)
    const faults: Partial<SafeStorage>[] = [
      { isAsyncEncryptionAvailable: async () => false },
      { isAsyncEncryptionAvailable: () => Promise.reject(new Error('locked')) },
      { decryptStringAsync: () => silent },
    ]
    for (const fault of faults) {
      const given = await serviceKey(storageOf('an', fault), folder, 'win32', 20)
      expect(given).toEqual({ kind: 'none', why: expect.any(String) })
    }
    expect(await serviceKey(storageOf('an'), folder, 'win32')).toEqual(made)
  })

  it('is set aside and made anew where the system refuses to open it', async () => {
    const folder = tempFolder()
    const made = await serviceKey(storageOf('an'), folder, 'win32')
    const sealed = readFileSync(join(folder, 'service.key'))
    const anew = await serviceKey(storageOf('binh'), folder, 'win32')
    expect(anew).toEqual(key)
    expect(anew).not.toEqual(made)
    const [, aside = ''] = readdirSync(folder)
    expect(aside).toMatch(/^service\.key\.unreadable-/)
    expect(readFileSync(join(folder, aside))).toEqual(sealed)
  })

  it('is sealed again where the system asks for it', async () => {
    const folder = tempFolder()
    const made = await serviceKey(storageOf('an'), folder, 'win32')
    const old = storageOf('an')
    const rotated = storageOf('an', {
      decryptStringAsync: async (sealed) => ({ ...(await old.decryptStringAsync(sealed)), shouldReEncrypt: true }),
      encryptStringAsync: storageOf('the new key').encryptStringAsync,
    })
    expect(await serviceKey(rotated, folder, 'win32')).toEqual(made)
    expect(await serviceKey(storageOf('the new key'), folder, 'win32')).toEqual(made)
  })

  it('is not used where the system cannot open what it has just sealed, or nothing can be written', async () => {
    const forgetful = storageOf('an', { decryptStringAsync: async () => ({ result: 'other', shouldReEncrypt: false }) })
    expect(await serviceKey(forgetful, tempFolder(), 'win32')).toMatchObject({ kind: 'none' })
    const file = join(tempFolder(), 'file')
    writeFileSync(file, '')
    expect(await serviceKey(storageOf('an'), file, 'win32')).toMatchObject({ kind: 'none' })
  })
})

describe('the hand-over of the key', () => {
  it('is the first message to every service that the shell starts', async () => {
    const given = await serviceKey(storageOf('an'), tempFolder(), 'win32')
    const born: ServiceStandIn[] = []
    supervise({
      fork: () => {
        const child = new ServiceStandIn()
        born.push(child)
        return child
      },
      started: (child) => {
        giveKey(child, given)
        child.postMessage({ kind: 'page' }, [])
      },
      exited: () => undefined,
    })
    born[0]?.emit('exit', 1)
    await vi.waitFor(() => expect(born).toHaveLength(2))
    for (const { messages } of born) {
      const parent = new EventEmitter()
      const received = receiveKey(parent as ParentPort)
      parent.emit('message', { data: messages[0], ports: [] })
      expect(Buffer.from((await received) ?? '').toString('base64url')).toBe(given.kind === 'key' ? given.key : '')
      expect(messages[1]).toEqual({ kind: 'page' })
    }
  })

  it('says that there is none, and ends a service that is told nothing it knows', async () => {
    const told = (data: unknown) => {
      const parent = new EventEmitter()
      const received = receiveKey(parent as ParentPort)
      parent.emit('message', { data, ports: [] })
      return received
    }
    const service = new ServiceStandIn()
    giveKey(service, { kind: 'none', why: 'locked' })
    expect(await told(service.messages[0])).toBeNull()
    expect(await told({ kind: 'page' })).toContain('expected the first message')
    expect(await told({ kind: 'key', key: 'short' })).toContain('expected the first message')
    expect(await receiveKey(new EventEmitter() as ParentPort, 20)).toContain('expected the first message')
  })
})
