import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { createServer } from 'node:net'

/**
 * Takes a folder for this process; throws when another has it. PGlite would open it twice and destroy it. The lock is a
 * name that the operating system frees when the process ends, however it ends (Linux and Windows; elsewhere no lock).
 */
export async function lockFolder(dir: string): Promise<{ release(): void }> {
  const name = `gate-platform-${createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 32)}`
  if (process.platform !== 'linux' && process.platform !== 'win32') return { release: () => {} }
  const server = createServer((socket) => socket.destroy())
  server.listen(process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : `\0${name}`)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(`${dir} is in use by another gate-platform serve`, { cause: error })
  }
  server.unref()
  return { release: () => server.close() }
}
