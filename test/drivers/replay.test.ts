import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ReaderSettings } from '../../contract/settings.ts'
import { parseRecording, replay } from '../../drivers/readers/replay.ts'
import { tempFolder } from '../support/folder.ts'
import { describeReader, type Script } from './contract.ts'

const hex = (text: string) => Buffer.from(text).toString('hex')

function recorded(text: string, transport: { prefix?: string } = {}) {
  const file = join(tempFolder(), 'recording.txt')
  const plug = async () => writeFileSync(file, text)
  plug()
  const settings = ReaderSettings.parse({ id: 'tape', driver: 'replay', file, ...transport })
  return { driver: replay, device: { kind: 'replay', id: 'tape', path: file } as const, settings, file, plug }
}

async function makeReplay({ codes, torn = '', packets }: Script) {
  const messages = codes.map((code) => `${code}\r`)
  const all = [...messages, torn].join('')
  const pieces = { whole: messages, joined: [all], split: all.match(/.{1,8}/gs) ?? [] }[packets]
  const rest = packets === 'whole' && torn !== '' ? `100 ${hex(torn)}\n` : ''
  const rig = recorded(`${pieces.map((piece) => `0 ${hex(piece)}\n`).join('')}${rest}`)
  return { ...rig, send: async () => {}, unplug: async () => rmSync(rig.file) }
}

describeReader('a replayed stream', makeReplay, { vanishes: false })

describe('a recording', () => {
  it('has a packet in every line, comments and empty lines', () => {
    expect(parseRecording('# a gate\r\n\n0 41 42\n  250 4344 0D # the end\n')).toEqual([
      { afterMs: 0, bytes: Buffer.from('AB') },
      { afterMs: 250, bytes: Buffer.from('CD\r') },
    ])
  })

  it.each(['41', '0 4', '0 4G', '-1 41', '0x10 41', '10', '9999999999 41', '1.5 41', '0: 41'])(
    'is refused with the line that is wrong: %s',
    async (wrong) => {
      const { driver, device, settings, file } = recorded(`0 41\n\n${wrong}\n`)
      const on = { reading: async () => {}, overlong: () => {}, lost: () => {} }
      await expect(driver.open(device, settings, on)).rejects.toThrow(
        `${file}: line 3: expected milliseconds and bytes`,
      )
    },
  )

  it('is refused where it is no file, or longer than any recording', async () => {
    const on = { reading: async () => {}, overlong: () => {}, lost: () => {} }
    const folder = ReaderSettings.parse({ id: 'tape', driver: 'replay', file: tempFolder() })
    const { driver, device, settings, file } = recorded('')
    await expect(driver.open(device, folder, on)).rejects.toThrow('expected a file')
    writeFileSync(file, Buffer.alloc(17 * 2 ** 20))
    await expect(driver.open(device, settings, on)).rejects.toThrow('expected at most')
  })
})

/** Everything that is told, and when, in milliseconds. */
async function played(text: string, answer: () => Promise<void> = async () => {}, transport: { prefix?: string } = {}) {
  const { driver, device, settings } = recorded(text, transport)
  const told: string[] = []
  const times: number[] = []
  const tell = (what: string) => {
    told.push(what)
    times.push(performance.now())
  }
  const reader = await driver.open(device, settings, {
    reading: (bytes) => {
      tell(Buffer.from(bytes).toString())
      return answer()
    },
    overlong: () => tell('OVERLONG'),
    lost: () => tell('LOST'),
  })
  onTestFinished(() => reader.close())
  return { told, times, reader }
}

describe('a replayed stream', () => {
  it('is of the reader whose settings name it', () => {
    const { driver, device, settings } = recorded('')
    expect(driver.matches({ ...device, id: 'other' }, settings)).toBe(false)
  })

  it('keeps the time of the recording', async () => {
    const { told, times } = await played(`0 ${hex('A\r')}\n300 ${hex('B\r')}\n`)
    await vi.waitFor(() => expect(told).toEqual(['A', 'B']))
    const [first = 0, second = 0] = times
    // A timer may come up to 1 ms early.
    expect(second - first).toBeGreaterThan(298)
    expect(second - first).toBeLessThan(3000)
  })

  it('is cut by silence as a live one, at its end too', async () => {
    const { told } = await played(`0 ${hex('A')}\n119 ${hex('B')}\n120 ${hex('C')}\n`)
    await vi.waitFor(() => expect(told).toEqual(['AB', 'C']))
  })

  it('keeps the lines of a card together behind the prefix of its settings', async () => {
    const card = '>>BEGIN:VCARD\rEND:VCARD'
    const { told } = await played(`0 ${hex(`${card}\r`)}\n`, async () => {}, { prefix: '>>' })
    await vi.waitFor(() => expect(told).toEqual([card]))
  })

  it('is played once', async () => {
    const once = await played(`0 ${hex('A\r')}\n`)
    const longer = await played(`0 ${hex('A\r')}\n400 ${hex('B\r')}\n`)
    await vi.waitFor(() => expect(longer.told).toEqual(['A', 'B']))
    expect(once.told).toEqual(['A'])
  })

  it('reports what is longer than any code', async () => {
    const { told } = await played(`0 ${'41'.repeat(8193)}\n0 ${hex('\rA\r')}\n`)
    await vi.waitFor(() => expect(told).toEqual(['OVERLONG', 'A']))
  })

  it('goes on when the reading before was answered, and never once it is closed', async () => {
    const answer = Promise.withResolvers<void>()
    const [waiting, closed] = await Promise.all([
      played(`0 ${hex('A\rB\r')}\n`, () => answer.promise),
      played(`0 ${hex('A\rB\r')}\n`, () => answer.promise),
    ])
    await vi.waitFor(() => expect([waiting.told, closed.told]).toEqual([['A'], ['A']]))
    await closed.reader.close()
    answer.resolve()
    await vi.waitFor(() => expect(waiting.told).toEqual(['A', 'B']))
    expect(closed.told).toEqual(['A'])
  })
})
