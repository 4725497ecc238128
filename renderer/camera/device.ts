/** A camera as the browser lists it: its id may change when the profile is wiped, its name when another port is used. */
export type Device = { readonly deviceId: string; readonly label: string }

/**
 * The camera to take. One that the settings name is the only one that will do; else the one of last time, else any that
 * no other reader has.
 */
export function choose(
  devices: readonly Device[],
  wanted: { readonly label: string | undefined; readonly last: Device | null; readonly taken: ReadonlySet<string> },
): Device | null {
  const free = devices.filter(({ deviceId }) => !wanted.taken.has(deviceId))
  const { label, last } = wanted
  const named = label === undefined ? free : free.filter((device) => isNamed(device, label))
  return (
    named.find(({ deviceId }) => deviceId === last?.deviceId) ??
    named.find((device) => device.label === last?.label) ??
    named[0] ??
    null
  )
}

/** Chromium puts the USB ids behind the name: `HD Webcam (046d:0825)`. */
function isNamed({ label }: Device, wanted: string): boolean {
  return label === wanted || label.replace(/ \([0-9a-f]{4}:[0-9a-f]{4}\)$/, '') === wanted
}

const itemOf = (reader: string) => `gate-kiosk:camera:${reader}`

/** The camera that a reader had last, as this browser remembers it. */
export function lastDevice(reader: string): Device | null {
  const [deviceId, label] = (localStorage.getItem(itemOf(reader)) ?? '').split('\n')
  return deviceId === undefined || label === undefined ? null : { deviceId, label }
}

export function rememberDevice(reader: string, { deviceId, label }: Device): void {
  localStorage.setItem(itemOf(reader), `${deviceId}\n${label}`)
}
