import type { ReaderDriver } from './driver.ts'
import { serial } from './serial.ts'
import { simulator } from './simulator.ts'

/** Every driver, by hand. A new one is one file and one line here. */
export const readerDrivers: readonly ReaderDriver[] = [serial, simulator]
