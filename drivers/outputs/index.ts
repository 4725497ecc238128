import { openHid } from '../hid-port.ts'
import type { OutputDriver } from './driver.ts'
import { hidrelay, usbrelay } from './hid-relays.ts'
import { patlite } from './patlite.ts'
import { qlight } from './qlight.ts'
import { hw667, lcus } from './serial-relays.ts'

/** Every driver, by hand. A new one is one file and one line here. */
export const outputDrivers: readonly OutputDriver[] = [
  lcus,
  hw667,
  usbrelay(openHid),
  hidrelay(openHid),
  qlight(openHid),
  patlite,
]
