import { setTimeout as pause } from 'node:timers/promises'
import type { DeviceRequest, Heard, Listener } from './protocol.ts'
import { UhidDevice } from './uhid.ts'
import type { UinputKeyboard } from './uinput.ts'
import { UsbGadget } from './usb-gadget.ts'
import { UsbWire } from './usb-wire.ts'

const listenEveryMs = 50
const hids = new Map<string, UhidDevice>()
const gadgets = new Map<string, UsbGadget>()
let keyboard: UinputKeyboard | undefined
let wire: UsbWire | undefined

/** Does with the devices of this machine what was asked. */
export async function handleDevice(request: DeviceRequest): Promise<readonly Heard[] | number | null> {
  switch (request.kind) {
    case 'heard':
      return heard(request.by, request.atLeast, request.withinMs)
    case 'uhid-create':
      hids.set(request.id, new UhidDevice(request.device))
      break
    case 'uhid-input':
      for (const report of request.reports) known(hids, request.id).input(Buffer.from(report, 'hex'))
      break
    case 'uhid-destroy':
      known(hids, request.id).destroy()
      break
    case 'gadget-create':
      gadgets.set(request.id, new UsbGadget(request.id, request.device))
      break
    case 'gadget-plug':
      known(gadgets, request.id).plug(request.socket)
      break
    case 'gadget-send':
      for (const part of request.parts) await known(gadgets, request.id).send(Buffer.from(part, 'hex'))
      break
    case 'gadget-unplug':
      known(gadgets, request.id).unplug()
      break
    case 'gadget-tear':
      await known(gadgets, request.id).send(Buffer.from(request.part, 'hex'))
      await pause(request.afterMs)
      known(gadgets, request.id).unplug()
      break
    case 'wire-listen':
      wire = new UsbWire()
      break
    case 'keyboard-create':
      // Not every machine types, and koffi takes its time to load.
      keyboard = new (await import('./uinput.ts')).UinputKeyboard(request.name)
      break
    case 'keyboard-type':
      return keyboard?.type(request.text) ?? 0
    case 'keyboard-caps-lock':
      await keyboard?.capsLock()
      break
    case 'keyboard-destroy':
      keyboard?.destroy()
      break
  }
  return null
}

function known<Device>(devices: ReadonlyMap<string, Device>, id: string): Device {
  const found = devices.get(id)
  if (found === undefined) throw new Error(`there is no device ${id}`)
  return found
}

async function heard(by: Listener, atLeast: number, withinMs: number): Promise<readonly Heard[]> {
  for (const end = performance.now() + withinMs; ; await pause(listenEveryMs)) {
    const all = 'uhid' in by ? known(hids, by.uhid).heard : (wire?.heardBy(by.serialNumber) ?? [])
    if (all.length >= atLeast || performance.now() > end) return all
  }
}
