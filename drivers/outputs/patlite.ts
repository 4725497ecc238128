import { connect } from 'node:net'
import type { OutputDriver } from './driver.ts'
import { colours, type Light, type Lights, openLamp } from './lamp.ts'

const codes: Readonly<Record<Light, number>> = { off: 0x00, on: 0x01, blink: 0x02 }
const nak = 0x15
const answerMs = 1500

/**
 * "XX", "S", 0, the size 0006, then red, amber, green, blue, white, buzzer.
 * Source: PATLITE NHL user manual, 3.6 PNS command reception function, page 27.
 */
function pnsCommand(lights: Lights): Uint8Array {
  const silent = 0x00
  const tower = colours.map((colour) => codes[lights[colour] ?? 'off'])
  return Uint8Array.from([0x58, 0x58, 0x53, 0x00, 0x00, 0x06, ...tower, silent])
}

/**
 * A connection for every command: a lamp is told something every few seconds at most, and a connection that was kept
 * could be dead without anyone knowing. The tower answers with one byte, ACK or NAK.
 */
function send(host: string, port: number, command: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const fail = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(() => fail(new Error(`${host}:${port} does not answer`)), answerMs)
    socket.on('error', fail)
    socket.on('close', () => {
      clearTimeout(timer)
      reject(new Error(`${host}:${port} closed the connection without an answer`))
    })
    socket.once('data', (answer: Buffer) => {
      if (answer[0] === nak) return fail(new Error(`${host}:${port} refused the command`))
      socket.destroy()
      resolve()
    })
    socket.write(command)
  })
}

/** Patlite towers that take PNS commands by TCP: NHL, NHP, NHB and their kin. Not tried on the device. */
export const patlite: OutputDriver = {
  name: 'patlite',

  matches: (device, settings) =>
    device.kind === 'network' && settings.driver === 'patlite' && device.id === settings.id,

  async open(_device, settings, on) {
    if (settings.driver !== 'patlite') throw new TypeError('expected the settings of a Patlite tower')
    const { host, port } = settings
    return openLamp({ show: (lights) => send(host, port, pnsCommand(lights)), close: async () => {} }, on)
  },
}
