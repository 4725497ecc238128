import { SerialPort } from 'serialport'
import type { SerialReader as Settings } from '../../../contract/settings.ts'
import type { OpenReader, ReaderDriver, ReaderEvents, ReaderSignal } from '../driver.ts'
import { isAt } from '../place.ts'
import { hostCommands } from './commands.ts'
import { openProtocol, type Parsed, type Protocol } from './protocols.ts'

/** At 9600 baud a byte takes about 1 ms; USB hands over in packets, so anything well above both ends a message. */
const silenceMs = 120
/** Silence is counted in turns: while the program itself is busy no byte is heard, and that is not silence. */
const silenceTurns = 4
/** With this many unanswered messages the port is paused, after the packet in hand; the system then holds the sender back. */
const maxWaiting = 8

/** Readers that speak through a serial port: USB-CDC, USB-to-serial chips, RS-232, ptys. */
export const serial: ReaderDriver = {
  name: 'serial',

  matches(device, settings) {
    return device.kind === 'serial' && settings.driver === 'serial' && isAt(device, settings)
  },

  open(device, settings, on) {
    if (device.kind !== 'serial' || settings.driver !== 'serial') throw new TypeError('expected a serial device')
    const port = new SerialPort({ path: device.path, baudRate: settings.baudRate, autoOpen: false })
    return new Promise((resolve, reject) => {
      port.open((error) => (error ? reject(error) : resolve(new SerialReader(port, settings, on))))
    })
  },
}

class SerialReader implements OpenReader {
  readonly #port: SerialPort
  readonly #on: ReaderEvents
  readonly #protocol: Protocol
  readonly signal?: (signal: ReaderSignal) => Promise<void>
  #waiting = 0
  #closing = false
  #silence: NodeJS.Timeout | undefined
  #freed: Promise<void> | undefined

  constructor(port: SerialPort, settings: Settings, on: ReaderEvents) {
    const { commands } = settings
    this.#port = port
    this.#on = on
    this.#protocol = openProtocol(settings)
    if (commands !== undefined) this.signal = async (signal) => this.#write(hostCommands[commands][signal])
    port.on('data', (chunk: Buffer) => {
      if (this.#closing) return
      this.#emit(this.#protocol.push(chunk))
      this.#listen()
    })
    port.on('close', (error: Error | null) => this.#lost(error))
    port.on('error', (error) => this.#lost(error))
    this.#listen()
  }

  close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#silence)
    this.#freed ??= new Promise((resolve) => {
      if (this.#port.isOpen) this.#port.close(() => resolve())
      else resolve()
    })
    return this.#freed
  }

  #emit(parsed: readonly Parsed[]) {
    for (const item of parsed) {
      switch (item.kind) {
        case 'message':
          this.#read(item.bytes)
          break
        case 'overlong':
          this.#on.overlong()
          break
        case 'reply':
          this.#write(item.bytes)
          break
      }
    }
  }

  #read(bytes: Uint8Array) {
    this.#waiting++
    if (this.#waiting >= maxWaiting) this.#port.pause()
    this.#on.reading(bytes).finally(() => this.#settle())
  }

  /** A reader that takes nothing must not fill the memory, and one that is gone is told of by its reading side. */
  #write(bytes: Uint8Array | undefined) {
    if (bytes !== undefined && this.#port.isOpen && !this.#closing && !this.#port.writableNeedDrain)
      this.#port.write(Buffer.from(bytes))
  }

  #settle() {
    this.#waiting--
    if (this.#waiting < maxWaiting && this.#port.isPaused() && !this.#closing) this.#port.resume()
  }

  #listen(silentTurns = 0) {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => {
      // Bytes may wait in the system while the port is paused.
      if (this.#port.isPaused()) this.#listen()
      else if (silentTurns + 1 < silenceTurns) this.#listen(silentTurns + 1)
      else this.#endSilence()
    }, silenceMs / silenceTurns)
  }

  /**
   * A port that was pulled out falls silent too, even when nothing has begun, and may only say so when it is asked: on
   * Linux a read that comes after the hang-up is empty (drivers/tty/tty_io.c, hung_up_tty_read), and the library reads
   * again and again without an end.
   */
  #endSilence() {
    const turn = this.#silence
    this.#ask().then(
      () => {
        if (this.#closing || turn !== this.#silence || !this.#protocol.begun) return
        this.#emit(this.#protocol.silence())
        this.#listen()
      },
      (error) => this.#lost(error),
    )
  }

  async #ask(): Promise<void> {
    if (this.#port.port === undefined) throw new Error('the port was closed')
    // macOS cannot tell the rate, and needs not be asked.
    if (process.platform === 'linux') await this.#port.port.getBaudRate()
  }

  #lost(error: Error | null) {
    if (this.#closing) return
    // A message that had begun is dropped with its parser: a torn code must not become a reading.
    this.close()
    this.#on.lost(error?.message ?? 'the port was closed')
  }
}
