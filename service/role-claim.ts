import type { ReaderSettings } from '../contract/settings.ts'
import { Claim } from '../drivers/claim.ts'
import type { DeviceInfo, OpenReader, ReaderDriver } from '../drivers/readers/driver.ts'
import { toText } from './credentials/text.ts'
import type { Log } from './log.ts'
import { identityOf, type RoleReader, type Roles, testCode } from './roles.ts'

type Parts = {
  readonly readers: readonly ReaderSettings[]
  readonly drivers: readonly ReaderDriver[]
  readonly roles: Roles
  readonly log: Log
  list(): Promise<readonly DeviceInfo[]>
}

/**
 * Opens every USB device that nobody else asks for and that could be a reader without a device, and waits for the test
 * code of one. It goes last, as what takes any device does. From the next round on the device belongs to that reader.
 * What else is read there is nobody's and is dropped.
 */
export function roleClaim({ readers, drivers, roles, log, list }: Parts): Claim<OpenReader> {
  const match = (device: DeviceInfo) => {
    const taker = takerOf(
      device,
      readers.filter((reader) => roles.isOpenTo(reader)),
      drivers,
    )
    if (taker === null) return null
    const { driver, reader } = taker
    const reading = async (bytes: Uint8Array) => {
      const text = toText(bytes, reader)?.text
      const meant = readers.find(({ id }) => text === testCode(id))
      if (meant === undefined || meant.driver !== reader.driver || !roles.isOpenTo(meant)) return
      const identity = identityOf(device, await list().catch(() => []))
      const why =
        identity === null ? 'it has no serial number and its socket is not known' : roles.bind(meant.id, identity)
      if (why === null) log.info({ reader: meant.id, device: identity }, 'the reader got its device by its test code')
      else log.error({ reader: meant.id, why }, 'the reader cannot get the device that read its test code')
    }
    return (lost: (why: string) => void) => driver.open(device, reader, { reading, overlong: () => {}, lost })
  }
  return new Claim({ id: 'roles', takesAny: true, match, state: () => {} })
}

/** The first reader that could have this device. Its settings say how the device is opened. */
function takerOf(device: DeviceInfo, readers: readonly RoleReader[], drivers: readonly ReaderDriver[]) {
  const usb = identityOf(device, [])
  if (usb === null) return null
  for (const waiting of readers) {
    const reader: RoleReader = { ...waiting, usb }
    const driver = drivers.find((candidate) => candidate.matches(device, reader))
    if (driver !== undefined) return { driver, reader }
  }
  return null
}
