import type { OpenHid } from '../hid-port.ts'
import { isAt } from '../readers/place.ts'
import type { OutputDriver } from './driver.ts'
import { colours, type Light, type Lights, openLamp } from './lamp.ts'

const codes: Readonly<Record<Light, number>> = { off: 0, on: 1, blink: 2 }

/**
 * 57, sound group, red, amber, green, blue, white, sound, and 8 bytes without a meaning for us, after the report id, 0.
 * Source: the USB data format at qlight-system.com; the codes of a light as in the drivers `pylight` and K. Wilke's
 * `qlight` for Linux.
 */
function qlightReport(lights: Lights): Uint8Array {
  const bytes = [0x00, 0x57, 0x00, ...colours.map((colour) => codes[lights[colour] ?? 'off'])]
  return Uint8Array.from({ length: 17 }, (_, i) => bytes[i] ?? 0)
}

/** QLight towers at USB, 04d8:e73c. Not tried on the device. */
export const qlight = (openHid: OpenHid): OutputDriver => ({
  name: 'qlight',

  matches: (device, settings) =>
    settings.driver === 'qlight' &&
    device.kind === 'hid' &&
    device.usb?.vendorId === '04d8' &&
    device.usb.productId === 'e73c' &&
    isAt(device, settings),

  async open(device, settings, on) {
    if (device.kind !== 'hid' || settings.driver !== 'qlight') throw new TypeError('expected a QLight tower')
    const port = await openHid(device.path)
    port.listen({ report: () => {}, lost: on.lost })
    return openLamp({ show: (lights) => port.write(qlightReport(lights)), close: () => port.close() }, on)
  },
})
