import { SerialPort } from 'serialport'

/** A serial port that is only written to, 9600 baud, 8N1. */
export interface SerialLine {
  write(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

/** `lost` comes once, unless the line was closed before. Rejects with an Error that says why it cannot be opened. */
export async function openSerialLine(path: string, lost: (why: string) => void): Promise<SerialLine> {
  const port = new SerialPort({ path, baudRate: 9600, autoOpen: false })
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())))
  let freed: Promise<void> | undefined
  let isLost = false
  const lose = (error: Error | null) => {
    if (isLost || freed !== undefined) return
    isLost = true
    lost(error?.message ?? 'the port was closed')
  }
  port.on('close', lose)
  port.on('error', lose)
  // A port that was pulled out is noticed by reading; what a board says is not for us.
  port.resume()
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => port.write(Buffer.from(bytes), (error) => (error ? reject(error) : resolve()))),
    close: () => {
      freed ??= new Promise((resolve) => {
        if (port.isOpen) port.close(() => resolve())
        else resolve()
      })
      return freed
    },
  }
}
