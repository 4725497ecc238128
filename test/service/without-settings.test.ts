import { describe, expect, it } from 'vitest'
import type { DeviceInfo } from '../../drivers/readers/driver.ts'
import { wedge } from '../../drivers/readers/wedge/index.ts'
import { readSettings } from '../../service/settings.ts'
import { standIn, supervise } from '../drivers/supervise.ts'

const usb = { vendorId: '0c2e', productId: '0b8f', serialNumber: null, port: '1-1' }
const serial: DeviceInfo = { kind: 'serial', id: '/dev/ttyACM0', path: '/dev/ttyACM0', usb }
const hid = (usagePage: number, usage: number): DeviceInfo => {
  const node = { kind: 'hid', id: '/dev/hidraw0', path: '/dev/hidraw0' } as const
  return { ...node, usb, name: 'Scanner', usagePage, usage, descriptor: null }
}
const keyboard: DeviceInfo = { kind: 'keyboard', id: '/dev/input/event4', path: '/dev/input/event4', usb, name: 'Keys' }

/** What is opened of these devices, and what each reader of the settings tells. */
async function started(devices: DeviceInfo[]) {
  const settings = readSettings(undefined)
  if (typeof settings === 'string') throw new Error(settings)
  const { driver, calls } = standIn()
  const readers = settings.lanes.flatMap((lane) => lane.readers)
  const { supervisor, told } = supervise(readers, { drivers: [driver, wedge], list: async () => devices })
  await supervisor.start()
  return { calls, told }
}

describe('a gate without settings', () => {
  it.each([
    ['a serial port', [serial], ['open /dev/ttyACM0 for usb'], ['usb open', 'hid absent']],
    ['HID POS', [hid(0x8c, 2)], ['open /dev/hidraw0 for hid'], ['usb absent', 'hid open']],
    [
      'HID POS that types as well',
      [hid(0x8c, 2), hid(1, 6), keyboard],
      ['open /dev/hidraw0 for hid'],
      ['usb absent', 'hid open'],
    ],
  ])('opens a reader with %s, and waits for the other sort', async (_sort, devices, calls, told) => {
    expect(await started(devices)).toEqual({ calls, told })
  })

  it('opens one of each sort', async () => {
    const { calls, told } = await started([hid(0x8c, 2), serial])
    expect(calls.toSorted()).toEqual(['open /dev/hidraw0 for hid', 'open /dev/ttyACM0 for usb'])
    expect(told).toEqual(['usb open', 'hid open'])
  })

  it('takes no keyboard and no other HID device', async () => {
    const told = ['usb absent', 'hid absent']
    expect(await started([keyboard, hid(1, 6), hid(0x8c, 4)])).toEqual({ calls: [], told })
  })
})
