import { expect, it, vi } from 'vitest'
import { serial } from '../../drivers/readers/serial.ts'
import { openPty } from '../support/pty.ts'
const settings = { id: 'r', driver: 'serial', path: '', baudRate: 9600 } as const
it('reads', async () => {
  const pty = await openPty()
  const got: string[] = []
  const lost: string[] = []
  const s = { ...settings, path: pty.path }
  const on = { reading: async (b: Uint8Array) => { got.push(Buffer.from(b).toString()) }, overlong: () => { got.push('OVERLONG') }, lost: (w: string) => { lost.push(w) } }
  const open = await serial.open({ kind: 'serial', id: pty.path, path: pty.path, usb: false }, s, on)
  await pty.write('abc\r\ndef\nghi')
  await vi.waitFor(() => expect(got).toEqual(['abc', 'def', 'ghi']))
  console.time('10MB')
  await pty.write(Buffer.alloc(10_000_000, 65))
  await pty.write('\rnext\r')
  await vi.waitFor(() => expect(got.at(-1)).toEqual('next'), { timeout: 20000 })
  console.timeEnd('10MB')
  console.log(got)
  console.time('lost')
  const cpu = process.cpuUsage()
  await pty.unplug()
  await vi.waitFor(() => expect(lost).toHaveLength(1), 5000).catch((e) => console.log('never lost'))
  console.timeEnd('lost')
  console.log(lost, process.cpuUsage(cpu))
  await open.close()
  await pty.plug()
  const again = await serial.open({ kind: 'serial', id: pty.path, path: pty.path, usb: false }, s, on)
  await pty.write('again\n')
  await vi.waitFor(() => expect(got.at(-1)).toEqual('again'))
  await again.close()
})
