import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ReaderSettings } from '../../contract/settings.ts'
import type { ReaderEvents } from '../../drivers/readers/driver.ts'
import { serial } from '../../drivers/readers/serial/index.ts'
import { tempFolder } from '../support/folder.ts'
import { cccdOf } from '../support/people.ts'
import { openPty, type Pty } from '../support/pty.ts'

/** Milliseconds. A machine under load takes seconds to hear of a hang-up. */
const longest = 20_000

/** Everything a reader told, in order. */
function recorder(answer: () => Promise<void> = async () => {}) {
  const told: string[] = []
  const on: ReaderEvents = {
    reading(bytes) {
      told.push(Buffer.from(bytes).toString('utf8'))
      return answer()
    },
    overlong: () => void told.push('OVERLONG'),
    lost: () => void told.push('LOST'),
  }
  return { told, on }
}

async function openReader(path: string, on: ReaderEvents) {
  const settings = ReaderSettings.parse({ id: 'reader', driver: 'serial', path })
  const reader = await serial.open({ kind: 'serial', id: path, path, usb: null }, settings, on)
  onTestFinished(() => reader.close())
  return reader
}

async function plugged(answer?: () => Promise<void>) {
  const pty = await openPty()
  const { told, on } = recorder(answer)
  const reader = await openReader(pty.path, on)
  return { pty, told, on, reader }
}

/** Settles when a message went through another reader: by then the first one had its turn as well. */
async function oneRoundTrip(other: { pty: Pty; told: string[] }) {
  const before = other.told.length
  await other.pty.write('tick\r')
  await vi.waitFor(() => expect(other.told.length).toBe(before + 1), longest)
}

describe('a serial reader', () => {
  it.each([
    ['CR', '\r'],
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['TAB', '\t'],
    ['silence', ''],
  ])('ends a message at %s', async (_name, end) => {
    const { pty, told } = await plugged()
    for (const n of [1, 2]) {
      await pty.write(`${cccdOf(n)}${end}`)
      await vi.waitFor(() => expect(told).toEqual([1, 2].slice(0, n).map(cccdOf)), longest)
    }
  })

  it('joins a code that arrives in many packets', async () => {
    const { pty, told } = await plugged()
    for (const byte of Buffer.from(`${cccdOf(3)}\r`)) await pty.write(Uint8Array.of(byte))
    await vi.waitFor(() => expect(told).toEqual([cccdOf(3)]), longest)
  })

  it('takes two codes in one packet as two', async () => {
    const { pty, told } = await plugged()
    await pty.write(`${cccdOf(4)}\r\n${cccdOf(5)}\r\n`)
    await vi.waitFor(() => expect(told).toEqual([cccdOf(4), cccdOf(5)]), longest)
  })

  it('passes on any bytes unchanged', async () => {
    const { pty, on, told } = await plugged()
    const got: number[][] = []
    vi.spyOn(on, 'reading').mockImplementation(async (bytes) => void got.push([...bytes]))
    const bytes = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => ![9, 10, 13].includes(byte))
    await pty.write(Uint8Array.from([...bytes, 13]))
    await vi.waitFor(() => expect(got).toEqual([bytes]), longest)
    expect(told).toEqual([])
  })

  it('reports 10 MB without an end, and reads the next code', async () => {
    const { pty, told } = await plugged()
    await pty.write(Buffer.alloc(10_000_000, 'A'))
    await pty.write(`\r${cccdOf(6)}\r`)
    await vi.waitFor(() => expect(told.at(-1)).toBe(cccdOf(6)), longest)
    // A cable that pauses for longer than silence lasts, as on a machine under load, makes more than one message of it.
    expect(new Set(told.slice(0, -1))).toEqual(new Set(['OVERLONG']))
  })

  it('stops reading while nobody answers, and loses nothing when it goes on', async () => {
    const gate = Promise.withResolvers<void>()
    const { pty, told } = await plugged(() => gate.promise)
    const clock = await plugged()
    const sent = Array.from({ length: 2000 }, (_, n) => `${cccdOf(n)}|${'x'.repeat(200)}`)
    let written = false
    const writing = pty.write(sent.join('\r')).then(() => {
      written = true
    })
    await vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(8), longest)
    for (let round = 0; round < 20; round++) await oneRoundTrip(clock)
    // One packet may bring more than the eight that a reader lets wait.
    expect(told.length).toBeLessThan(100)
    expect(written).toBe(false)
    gate.resolve()
    await writing
    await vi.waitFor(() => expect(told.length).toBe(sent.length), longest)
    expect(told).toEqual(sent)
  })

  it('does not cut a code in two when the program itself was busy for longer than silence lasts', async () => {
    const { pty, told } = await plugged()
    await pty.write('before\rfirst half, ')
    await vi.waitFor(() => expect(told).toEqual(['before']), longest)
    await pty.write('second half\r')
    const busyUntil = performance.now() + 400
    while (performance.now() < busyUntil);
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(1), longest)
    expect(told).toEqual(['before', 'first half, second half'])
  })

  it('says once that it is lost, drops the torn code, and can be opened again', async () => {
    const pty = await openPty()
    // Whether the port notices by itself is a race within the system, hence the rounds.
    for (let round = 0; round < 20; round++) {
      const begun = Promise.withResolvers<void>()
      const { told, on } = recorder(async () => begun.resolve())
      const reader = await openReader(pty.path, on)
      await pty.write(`${cccdOf(7)}\r001090000001|torn`)
      await begun.promise
      await pty.unplug()
      await vi.waitFor(() => expect(told).toEqual([cccdOf(7), 'LOST']), longest)
      await reader.close()
      await pty.plug()
    }
  })

  it.each([
    ['before anything came', ''],
    ['right behind a whole code', `${cccdOf(7)}\r`],
  ])('says once that it is lost when it is pulled out %s', async (_when, sent) => {
    const pty = await openPty()
    // The same race: by now nothing has begun that silence would end.
    for (let round = 0; round < 20; round++) {
      const { told, on } = recorder()
      const reader = await openReader(pty.path, on)
      await pty.write(sent)
      await pty.unplug()
      await vi.waitFor(() => expect(told.at(-1)).toBe('LOST'), longest)
      expect(told.filter((what) => what !== cccdOf(7))).toEqual(['LOST'])
      await reader.close()
      await pty.plug()
    }
  })

  it('tells nothing more once it is being closed, and its device is free when it is', async () => {
    const { pty, told, on, reader } = await plugged()
    await pty.write('before\rbegun')
    await vi.waitFor(() => expect(told).toEqual(['before']), longest)
    await reader.close()
    const again = recorder()
    vi.spyOn(on, 'reading')
    await openReader(pty.path, again.on)
    await pty.write('after\r')
    await vi.waitFor(() => expect(again.told).toEqual(['after']), longest)
    expect(told).toEqual(['before'])
  })

  it('works beside another one', async () => {
    const [a, b] = [await plugged(), await plugged()]
    const sent = Array.from({ length: 100 }, (_, n) => cccdOf(n))
    for (const code of sent) await Promise.all([a.pty.write(`${code}\r`), b.pty.write(`B${code}\n`)])
    await vi.waitFor(() => expect([a.told.length, b.told.length]).toEqual([100, 100]), longest)
    expect(a.told).toEqual(sent)
    expect(b.told).toEqual(sent.map((code) => `B${code}`))
  })

  it.each([
    ['nothing is plugged in', 'absent'],
    ['the path is no serial port', 'file'],
  ])('rejects with a reason when %s', async (_name, name) => {
    const dir = tempFolder()
    writeFileSync(join(dir, 'file'), '')
    await expect(openReader(join(dir, name), recorder().on)).rejects.toThrow(/\w{4}/)
  })

  it('rejects when another program has the device', async () => {
    const { pty } = await plugged()
    await expect(openReader(pty.path, recorder().on)).rejects.toThrow(/lock/i)
  })
})
