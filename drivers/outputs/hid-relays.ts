import type { HidPort, OpenHid } from '../hid-port.ts'
import { isAt } from '../readers/place.ts'
import type { OutputDriver } from './driver.ts'
import { openRelay, type RelayBoard } from './relay.ts'

/** A report of 8 bytes after the id, which is 0: these boards number no reports. */
const report = (...bytes: readonly number[]) => Uint8Array.from({ length: 9 }, (_, i) => bytes[i - 1] ?? 0)

/**
 * USBRelay1 to USBRelay8 by DCTTech: FF closes, FD opens contact n. Feature report 1 tells in byte 7 which are closed,
 * the lowest bit for contact 1. Source: libusbrelay.c and .h of https://github.com/darrylb123/usbrelay.
 */
function usbRelayBoard(port: HidPort): RelayBoard {
  return {
    async set(channel, closed) {
      await port.write(report(closed ? 0xff : 0xfd, channel))
      const state = (await port.getFeatureReport(1, 9))[7]
      if (state === undefined) throw new Error('the relay board does not tell the state of its contacts')
      const isClosed = ((state >> (channel - 1)) & 1) === 1
      if (isClosed !== closed)
        throw new Error(`contact ${channel} of the relay board does not ${closed ? 'close' : 'open'}`)
    },
    close: () => port.close(),
  }
}

/** HIDRelay by Ucreatefun: F0 + n closes, n opens contact n; the state cannot be asked. Source: as above. */
function hidRelayBoard(port: HidPort): RelayBoard {
  return {
    set: (channel, closed) => port.write(report(closed ? 0xf0 + channel : channel)),
    close: () => port.close(),
  }
}

/** The ids of USBRelay, 16c0:05df, are shared by many devices of hobbyists: the name tells. Not tried on the device. */
export const usbrelay = (openHid: OpenHid): OutputDriver => ({
  name: 'usbrelay',

  matches: (device, settings) =>
    settings.driver === 'usbrelay' && device.kind === 'hid' && /USBRelay\d/.test(device.name) && isAt(device, settings),

  async open(device, settings, on) {
    if (device.kind !== 'hid' || settings.driver !== 'usbrelay') throw new TypeError('expected a USBRelay board')
    const port = await openHid(device.path)
    port.listen({ report: () => {}, lost: on.lost })
    return openRelay(usbRelayBoard(port), settings, on)
  },
})

/** Not tried on the device. */
export const hidrelay = (openHid: OpenHid): OutputDriver => ({
  name: 'hidrelay',

  matches: (device, settings) =>
    settings.driver === 'hidrelay' && device.kind === 'hid' && /HIDRelay/.test(device.name) && isAt(device, settings),

  async open(device, settings, on) {
    if (device.kind !== 'hid' || settings.driver !== 'hidrelay') throw new TypeError('expected a HIDRelay board')
    const port = await openHid(device.path)
    port.listen({ report: () => {}, lost: on.lost })
    return openRelay(hidRelayBoard(port), settings, on)
  },
})
