import type { ReaderDriver } from './driver.ts'
import { hidPos } from './hid-pos/index.ts'
import { replay } from './replay.ts'
import { serial } from './serial/index.ts'
import { simulator } from './simulator.ts'
import { wedge } from './wedge/index.ts'

/** Every driver, by hand. A new one is one file and one line here. */
export const readerDrivers: readonly ReaderDriver[] = [serial, hidPos, wedge, simulator, replay]
