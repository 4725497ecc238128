import { isAt } from '../readers/place.ts'
import type { OutputDriver } from './driver.ts'
import { openRelay, type RelayBoard } from './relay.ts'
import { openSerialLine, type SerialLine } from './serial-line.ts'

/** What a board is told to close a contact, or to open it. */
type Command = (channel: number, closed: boolean) => readonly number[]

/** A0, channel, 1 or 0, and the sum of the three modulo 256; the board answers nothing. Source: LCUS-1 description. */
const lcusCommand: Command = (channel, closed) => {
  const state = closed ? 0x01 : 0x00
  return [0xa0, channel, state, (0xa0 + channel + state) & 0xff]
}

/** CC closes the contact for one second, by the board's own clock; BB opens it. Source: HW-667 (E-3) description. */
const hw667Command: Command = (_channel, closed) => [closed ? 0xcc : 0xbb]

/** BB comes when the board has ended its pulse by itself, and costs nothing should it not have. */
const hw667PulseMs = 1200

const boardOf = (line: SerialLine, command: Command): RelayBoard => ({
  set: (channel, closed) => line.write(Uint8Array.from(command(channel, closed))),
  close: () => line.close(),
})

/** Not tried on the device. */
export const lcus: OutputDriver = {
  name: 'lcus',

  matches: (device, settings) => device.kind === 'serial' && settings.driver === 'lcus' && isAt(device, settings),

  async open(device, settings, on) {
    if (device.kind !== 'serial' || settings.driver !== 'lcus') throw new TypeError('expected a serial LCUS board')
    const line = await openSerialLine(device.path, on.lost)
    return openRelay(boardOf(line, lcusCommand), settings, on)
  },
}

/** Not tried on the device. */
export const hw667: OutputDriver = {
  name: 'hw667',

  matches: (device, settings) => device.kind === 'serial' && settings.driver === 'hw667' && isAt(device, settings),

  async open(device, settings, on) {
    if (device.kind !== 'serial' || settings.driver !== 'hw667') throw new TypeError('expected a serial HW-667 board')
    const line = await openSerialLine(device.path, on.lost)
    const { channels } = settings
    return openRelay(boardOf(line, hw667Command), { channels, pulseMs: hw667PulseMs }, on)
  },
}
