import { choose, type Device, lastDevice, rememberDevice } from './device.ts'

export type Opened =
  | { kind: 'open'; stream: MediaStream; track: MediaStreamTrack; device: Device }
  | { kind: 'absent' }
  | { kind: 'failed'; why: string }

/** QR codes of a certificate need 2 pixels for each module, which 720 lines give at a quarter of the picture's height. */
const picture = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }

/** Opens the camera of a reader. `taken` holds the ids of the cameras that other readers have. */
export async function openCamera(
  reader: string,
  label: string | undefined,
  taken: ReadonlySet<string>,
): Promise<Opened> {
  // Without a secure context there is no such thing as a camera.
  if (!('mediaDevices' in navigator)) return { kind: 'failed', why: 'the browser gives this page no cameras' }
  try {
    const device = choose(await listCameras(), { label, last: lastDevice(reader), taken })
    if (device === null) return { kind: 'absent' }
    const video = { ...picture, deviceId: { exact: device.deviceId } }
    const stream = await navigator.mediaDevices.getUserMedia({ video })
    const [track] = stream.getVideoTracks()
    if (track === undefined) return { kind: 'failed', why: 'the camera has no picture' }
    rememberDevice(reader, device)
    return { kind: 'open', stream, track, device }
  } catch (error) {
    // Unplugged since it was listed.
    if (error instanceof DOMException && /^(NotFound|Overconstrained)Error$/.test(error.name)) return { kind: 'absent' }
    return { kind: 'failed', why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  }
}

/** Names and ids are hidden until the page was allowed to use a camera. */
async function listCameras(): Promise<Device[]> {
  const list = async () => (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput')
  const devices = await list()
  if (devices.length === 0 || devices.some(({ label }) => label !== '')) return devices
  const any = await navigator.mediaDevices.getUserMedia({ video: true })
  const named = await list()
  for (const track of any.getTracks()) track.stop()
  return named
}
