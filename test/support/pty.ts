import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { constants, type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { onTestFinished, vi } from 'vitest'
import { tempFolder } from './folder.ts'

/** The far end of a serial reader: what is written here arrives at `path` as from a device. */
export type Pty = {
  readonly path: string
  /** Settles when the cable took the bytes; a gate that does not read holds it back. */
  write(bytes: string | Uint8Array): Promise<void>
  /** Everything that the gate sent since the last time it was plugged in. */
  received(): Buffer
  /** Pulls the plug: the path goes away, and who has it open is told. */
  unplug(): Promise<void>
  /** Plugs it in again at the same path. */
  plug(): Promise<void>
}

/** A real pseudo-terminal made by socat. It is there when this settles, and is unplugged after the test. */
export async function openPty(path = join(tempFolder(), 'reader')): Promise<Pty> {
  let cable = await connect(path)
  const unplug = () => disconnect(cable)
  onTestFinished(unplug)
  return {
    path,
    unplug,
    plug: async () => {
      cable = await connect(path)
    },
    received: () => Buffer.concat(cable.received),
    write: (bytes) =>
      new Promise((resolve, reject) => {
        cable.socat.stdin.write(bytes, (error) => (error ? reject(error) : resolve()))
      }),
  }
}

type Cable = { socat: ChildProcessByStdio<Writable, Readable, null>; received: Buffer[]; held: FileHandle }

async function connect(path: string): Promise<Cable> {
  const socat = spawn('socat', ['-', `pty,raw,echo=0,link=${path}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  const received: Buffer[] = []
  socat.stdout.on('data', (chunk: Buffer) => received.push(chunk))
  await once(socat, 'spawn')
  await vi.waitFor(() => {
    if (!existsSync(path)) throw new Error(`expected socat to make ${path}`)
  })
  // socat ends when the last program closes the device; a real device stays, so the test keeps it open.
  return { socat, received, held: await open(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK) }
}

async function disconnect({ socat, held }: Cable): Promise<void> {
  if (socat.exitCode !== null || socat.signalCode !== null) return
  socat.stdin.on('error', () => {})
  const exit = once(socat, 'exit')
  socat.kill()
  await exit
  await held.close()
}
