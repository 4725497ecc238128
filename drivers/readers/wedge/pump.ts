import { readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import koffi from 'koffi'
import type { Framed } from '../framing.ts'
import { KeyDecoder, type KeyEvent } from './decoder.ts'

/** What the thread is told as `workerData`. `prefix`: what the reader is set to type in front of every code. */
export type WedgeData = { readonly path: string; readonly prefix: string | undefined }

/** What the thread tells. `open` or `refused` comes first; nothing comes after `refused` and `lost`. */
export type Told = Framed | { kind: 'open' } | { kind: 'refused'; why: string } | { kind: 'lost'; why: string }

/** Slow readers type a key in 80 ms (README of @point-of-sale/keyboard-barcode-scanner). */
const silenceMs = 120
/** `struct input_event` of linux/input.h begins with two longs of the kernel's, its time. */
const timeBytes = ['arm', 'ia32', 'mips', 'mipsel'].includes(process.arch) ? 8 : 16
const eventBytes = timeBytes + 8
/** POLLIN of asm-generic/poll.h. */
const pollIn = 1

/**
 * Reads the event node that `workerData` names for as long as this thread lives. Node closes the files of a thread that
 * ends, which frees the device. `openNode` gives a non-blocking file descriptor, or throws an Error that says why not.
 *
 * It is a thread because the kernel keeps 64 events, some ten keys (EVDEV_MIN_BUFFER_SIZE of drivers/input/evdev.c), and
 * the main thread may be busy with the disk for longer; and one of its own because each pending read or poll by
 * node:fs or koffi would hold one of libuv's four. It never waits longer than `silenceMs`, and goes back to its event
 * loop every time: a thread inside a system call cannot be ended.
 */
export function pump(openNode: (path: string) => number): void {
  const { path, prefix }: WedgeData = workerData
  const tell = (told: Told) => parentPort?.postMessage(told)
  let fd: number
  try {
    fd = openNode(path)
  } catch (error) {
    tell({ kind: 'refused', why: reasonOf(error) })
    return
  }
  const decoder = new KeyDecoder(prefix)
  const hasEvents = poller(fd)
  const buffer = Buffer.alloc(eventBytes * 64)
  const turn = () => {
    try {
      const framed = hasEvents() ? decoder.push(eventsOf(read(fd, buffer))) : decoder.silence()
      framed.forEach(tell)
    } catch (error) {
      // A message that had begun is dropped with its decoder: a torn code must not become a reading.
      return tell({ kind: 'lost', why: reasonOf(error) })
    }
    setImmediate(turn)
  }
  tell({ kind: 'open' })
  turn()
}

/** Waits for events; false: none came within `silenceMs`. */
function poller(fd: number): () => boolean {
  const poll = koffi.load(null).func('int poll(void *fds, unsigned long nfds, int timeout)')
  const fds = Buffer.alloc(8)
  fds.writeInt32LE(fd, 0)
  fds.writeInt16LE(pollIn, 4)
  return () => poll(fds, 1, silenceMs) !== 0
}

function read(fd: number, buffer: Buffer): Buffer {
  try {
    const length = readSync(fd, buffer)
    if (length === 0) throw new Error('the device has ended')
    return buffer.subarray(0, length)
  } catch (error) {
    // A signal woke it up.
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return buffer.subarray(0, 0)
    throw error
  }
}

function* eventsOf(bytes: Buffer): Generator<KeyEvent> {
  for (let at = timeBytes; at + 8 <= bytes.length; at += eventBytes)
    yield { type: bytes.readUInt16LE(at), code: bytes.readUInt16LE(at + 2), value: bytes.readInt32LE(at + 4) }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
