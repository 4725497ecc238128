import { describe, expect, it } from 'vitest'
import { openHid } from '../../drivers/hid-port.ts'
import { FakeHid } from '../support/hid.ts'

const nextTurn = () => new Promise(setImmediate)

async function opened() {
  const hid = new FakeHid()
  const port = await hid.open('/dev/hidraw9')
  const told: string[] = []
  const listen = () =>
    port.listen({ report: (bytes) => void told.push(`${bytes}`), lost: (why) => void told.push(`LOST: ${why}`) })
  return { hid, port, told, listen }
}

const report = (text: string) => Buffer.from(text)

describe('a HID port', () => {
  it('loses nothing of what the device sends before somebody listens', async () => {
    const { hid, told, listen } = await opened()
    hid.send(report('early'))
    await nextTurn()
    listen()
    hid.send(report('next'))
    await nextTurn()
    expect(told).toEqual(['early', 'next'])
  })

  it('tells once that it is lost, and nothing after that', async () => {
    const { hid, told, listen } = await opened()
    listen()
    await nextTurn()
    hid.unplug()
    hid.send(report('late'))
    hid.unplug()
    expect(told).toEqual(['LOST: could not read from HID device'])
  })

  it('tells nothing once it is being closed', async () => {
    const { hid, port, told, listen } = await opened()
    listen()
    await nextTurn()
    const freed = port.close()
    hid.send(report('late'))
    hid.unplug()
    await freed
    expect(told).toEqual([])
  })

  it('may be closed as soon as somebody listens, and twice', async () => {
    const { hid, port, listen } = await opened()
    listen()
    await Promise.all([port.close(), port.close()])
    expect(hid.isOpen).toBe(false)
  })

  it('sends what it is given, and says why where the device does not take it', async () => {
    const { hid, port } = await opened()
    await port.write(Uint8Array.of(0, 1))
    await port.sendFeatureReport(Uint8Array.of(254, 1))
    hid.refuse('Cannot write to hid device')
    await expect(port.write(Uint8Array.of(0, 2))).rejects.toThrow('Cannot write to hid device')
    expect([hid.written, hid.features]).toEqual([[[0, 1]], [[254, 1]]])
  })

  it('is not had of a device that is not there, and why is known', async () => {
    await expect(openHid('/dev/none')).rejects.toThrow(/\w{4}/)
  })
})
