import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readlinkSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ReaderSettings } from '../../contract/settings.ts'
import type { DeviceInfo } from '../../drivers/readers/driver.ts'
import { wedge, wedgeThrough } from '../../drivers/readers/wedge/index.ts'
import { tempFolder } from '../support/folder.ts'
import { describeReader, type Script } from './contract.ts'
import { eventBytes, typed } from './wedge-keys.ts'

const overFifo = wedgeThrough(new URL('./wedge-fifo.ts', import.meta.url))
const usb = { vendorId: '1a86', productId: '5723', serialNumber: null, port: '1-2' }
const deviceAt = (path: string) => ({ kind: 'keyboard', id: path, path, usb, name: 'Scanner' }) as const
const settingsOf = (path: string): ReaderSettings => ReaderSettings.parse({ id: 'reader', driver: 'wedge', path })
const ignore = { reading: async () => {}, overlong: () => {}, lost: () => {} }

const codeOf = (n: number) => `${String(n).padStart(12, '0')}|010000001|Nguyen Van Mau|15011990|Nam`

/** Whole events below PIPE_BUF of linux/limits.h: more may arrive in parts of an event, which evdev never does. */
const atomicBytes = 24 * 170

/** A FIFO with a program that types into it. */
async function plugIn(path = join(tempFolder(), 'event7')) {
  let end: FileHandle
  const plug = async () => {
    execFileSync('mkfifo', [path])
    end = await open(path, 'r+')
  }
  const unplug = async () => {
    rmSync(path, { force: true })
    await end.close()
  }
  await plug()
  onTestFinished(unplug)
  const write = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; at += atomicBytes) await end.write(bytes.subarray(at, at + atomicBytes))
  }
  return { path, plug, unplug, write, type: (text: string) => write(eventBytes(typed(text))) }
}

async function makeWedge({ codes, torn = '', packets }: Script) {
  const node = await plugIn()
  const messages = codes.map((code, i) => eventBytes(typed(`${code}\r${i === codes.length - 1 ? torn : ''}`)))
  const all = Buffer.concat(messages)
  const pieces = {
    whole: messages,
    joined: [all],
    split: Array.from({ length: Math.ceil(all.length / 240) }, (_, n) => all.subarray(n * 240, (n + 1) * 240)),
  }[packets]
  const send = async () => {
    for (const piece of pieces) await node.write(piece)
  }
  const { path, plug, unplug } = node
  return { driver: overFifo, device: deviceAt(path), settings: settingsOf(path), send, plug, unplug }
}

describeReader('a wedge reader', makeWedge)

async function opened(reading: () => Promise<void> = async () => {}, transport: { prefix?: string } = {}) {
  const node = await plugIn()
  const told: string[] = []
  const reader = await overFifo.open(
    deviceAt(node.path),
    { ...settingsOf(node.path), ...transport },
    {
      reading(bytes) {
        told.push(Buffer.from(bytes).toString())
        return reading()
      },
      overlong: () => void told.push('OVERLONG'),
      lost: (why) => void told.push(`LOST: ${why}`),
    },
  )
  onTestFinished(() => reader.close())
  return { ...node, reader, told }
}

describe('a wedge reader', () => {
  it.each<[string, DeviceInfo]>([
    ['another keyboard', deviceAt('/dev/input/event1')],
    ['a serial port', { kind: 'serial', id: '/dev/input/event7', path: '/dev/input/event7', usb }],
  ])('is not %s', (_name, device) => {
    expect(wedge.matches(deviceAt('/dev/input/event7'), settingsOf('/dev/input/event7'))).toBe(true)
    expect(wedge.matches(device, settingsOf('/dev/input/event7'))).toBe(false)
  })

  it('is known by what USB says of it, and by nothing until it has its place', () => {
    const byUsb = { id: 'reader', driver: 'wedge', usb: { vendorId: '1a86', productId: '5723' } } as const
    expect(wedge.matches(deviceAt('/dev/input/event7'), byUsb)).toBe(true)
    expect(wedge.matches(deviceAt('/dev/input/event7'), { id: 'reader', driver: 'wedge' })).toBe(false)
  })

  it('is never any keyboard', () => {
    expect(() => settingsOf('*')).toThrow('would take every keyboard')
  })

  it('ends a message at silence', async () => {
    const { told, type } = await opened()
    for (const n of [1, 2]) {
      await type(codeOf(n))
      await vi.waitFor(() => expect(told).toEqual([1, 2].slice(0, n).map(codeOf)))
    }
  })

  it('takes the keys while the program itself is busy', async () => {
    const { told, path } = await opened()
    const code = 'x'.repeat(3000)
    const bytes = eventBytes(typed(`${code}\r`))
    const end = openSync(path, 'w')
    // The FIFO holds a seventh of it, so this blocks for as long as nobody reads.
    for (let at = 0; at < bytes.length; at += atomicBytes) writeSync(end, bytes.subarray(at, at + atomicBytes))
    closeSync(end)
    await vi.waitFor(() => expect(told).toEqual([code]))
  })

  it('keeps the lines of a card behind its prefix together', async () => {
    const { told, type } = await opened(async () => {}, { prefix: '>>' })
    const card = '>>BEGIN:VCARD\rFN:An\rEND:VCARD'
    await type(`${card}\r>>next\r`)
    await vi.waitFor(() => expect(told).toEqual([card, '>>next']))
  })

  it('lets 64 messages wait, tells once that it drops further ones whole, and reads on when they are answered', async () => {
    const answer = Promise.withResolvers<void>()
    const { told, type } = await opened(() => answer.promise)
    const sent = Array.from({ length: 70 }, (_, n) => codeOf(n))
    for (const code of sent) await type(`${code}\r`)
    // What is longer than any code is told at once: by then all before it were heard.
    await type(`${'A'.repeat(8193)}\r`)
    const overlong = () => told.filter((what) => what === 'OVERLONG').length
    await vi.waitFor(() => expect(overlong()).toBe(2))
    expect(told).toEqual([...sent.slice(0, 64), 'OVERLONG', 'OVERLONG'])
    answer.resolve()
    await answer.promise
    await type('after\r')
    await vi.waitFor(() => expect(told.at(-1)).toBe('after'))
  })

  it('works beside seven others without taking a thread that the program itself needs', async () => {
    const readers = await Promise.all(Array.from({ length: 8 }, () => opened()))
    await (await open('/dev/null')).close()
    for (const [n, { type }] of readers.entries()) await type(`${codeOf(n)}\r`)
    await vi.waitFor(() => expect(readers.map(({ told }) => told)).toEqual(readers.map((_, n) => [codeOf(n)])))
  })

  it('keeps no file open once it is closed', async () => {
    const { reader, path } = await opened()
    const held = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`) === path
        } catch {
          return false
        }
      }).length
    expect(held()).toBe(2)
    await reader.close()
    expect(held()).toBe(1)
  })

  it('does not hold up the end of the program', async () => {
    const { path } = await plugIn()
    const program = join(tempFolder(), 'program.mjs')
    const [index, worker] = ['../../drivers/readers/wedge/index.ts', './wedge-fifo.ts'].map((file) =>
      JSON.stringify(new URL(file, import.meta.url)),
    )
    writeFileSync(
      program,
      `import { wedgeThrough } from ${index}
      const on = { reading: async () => {}, overlong() {}, lost() {} }
      await wedgeThrough(new URL(${worker})).open(${JSON.stringify(deviceAt(path))}, ${JSON.stringify(settingsOf(path))}, on)
      process.exit(7)`,
    )
    const child = spawn(process.execPath, [program], { stdio: 'inherit' })
    onTestFinished(() => void child.kill('SIGKILL'))
    expect(await once(child, 'exit')).toEqual([7, null])
  })

  it.each([
    ['nothing is plugged in', 'absent', /ENOENT/],
    ['the path is no event device', 'file', /expected an input event device/],
  ])('rejects with a reason when %s', async (_name, name, why) => {
    const dir = tempFolder()
    writeFileSync(join(dir, 'file'), '')
    const path = join(dir, name)
    await expect(wedge.open(deviceAt(path), settingsOf(path), ignore)).rejects.toThrow(why)
  })
})
