import { SerialPort } from 'serialport'
import type { OpenReader, ReaderDriver, ReaderEvents } from './driver.ts'
import { Framer } from './framing.ts'

/** At 9600 baud a byte takes about 1 ms; USB hands over in packets, so anything well above both ends a message. */
const silenceMs = 120
/** Above this many unanswered messages the port is paused; the system's own buffer then holds the sender back. */
const maxWaiting = 8

/** Readers that speak through a serial port: USB-CDC, USB-to-serial chips, RS-232, ptys. */
export const serial: ReaderDriver = {
  name: 'serial',

  matches(device, settings) {
    if (device.kind !== 'serial' || settings.driver !== 'serial') return false
    return settings.path === '*' ? device.usb : settings.path === device.path
  },

  open(device, settings, on) {
    if (device.kind !== 'serial' || settings.driver !== 'serial') throw new TypeError('expected a serial device')
    const port = new SerialPort({ path: device.path, baudRate: settings.baudRate, autoOpen: false })
    return new Promise((resolve, reject) => {
      port.open((error) => (error ? reject(error) : resolve(read(port, on))))
    })
  },
}

function read(port: SerialPort, on: ReaderEvents): OpenReader {
  const framer = new Framer()
  let waiting = 0
  let closing = false
  let silence: NodeJS.Timeout | undefined

  const settle = () => {
    waiting--
    if (waiting < maxWaiting && port.isPaused() && !closing) port.resume()
  }
  const emit = (framed: ReturnType<Framer['push']>) => {
    for (const item of framed) {
      if (item.kind === 'overlong') {
        on.overlong()
        continue
      }
      waiting++
      if (waiting >= maxWaiting) port.pause()
      on.reading(item.bytes).finally(settle)
    }
  }
  const listen = () => {
    clearTimeout(silence)
    // Bytes may wait in the system while the port is paused: that is not silence.
    if (framer.begun) silence = setTimeout(() => (port.isPaused() ? listen() : emit(framer.silence())), silenceMs)
  }
  port.on('data', (chunk: Buffer) => {
    emit(framer.push(chunk))
    listen()
  })
  const lost = (error: Error | null) => {
    clearTimeout(silence)
    if (closing) return
    closing = true
    // A message that had begun is dropped: a torn code must not become a reading.
    on.lost(error?.message ?? 'the port was closed')
  }
  port.on('close', lost)
  port.on('error', lost)
  return {
    close: () =>
      new Promise((resolve) => {
        closing = true
        clearTimeout(silence)
        if (port.isOpen) port.close(() => resolve())
        else resolve()
      }),
  }
}
