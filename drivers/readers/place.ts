import type { UsbDevice } from '../../contract/settings.ts'
import type { UsbInfo } from './driver.ts'

type Place = { readonly path?: string | undefined; readonly usb?: UsbDevice | undefined }

/** What takes any device goes last: it leaves alone what others name. */
export function takesAny(settings: object): boolean {
  return 'path' in settings && settings.path === '*'
}

/** Whether a device is the one that settings name: by its path, by what USB says of it, or any on USB (`*`). */
export function isAt(device: { readonly path: string; readonly usb: UsbInfo | null }, place: Place): boolean {
  if (takesAny(place)) return device.usb !== null
  if (place.path !== undefined) return place.path === device.path
  return place.usb !== undefined && device.usb !== null && isUsb(device.usb, place.usb)
}

function isUsb(usb: UsbInfo, wanted: UsbDevice): boolean {
  if (usb.vendorId !== wanted.vendorId || usb.productId !== wanted.productId) return false
  if (wanted.serialNumber !== undefined && wanted.serialNumber !== usb.serialNumber) return false
  return wanted.port === undefined || wanted.port === usb.port
}
