import { existsSync, renameSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../atomic-file.ts'
import { isStorageFault } from '../store/fault.ts'

/** The parts of a file; it returns why it cannot be finished, or null. */
export type Content = AsyncGenerator<string | Uint8Array, string | null, void>

/**
 * Writes a file of mode 0600 that was not there before: whole under its name, or not at all. Null: it is on disk. A string
 * says why it is not.
 */
export async function writeNew(file: string, content: Content): Promise<string | null> {
  if (existsSync(file)) return `${file} is there already: choose another name`
  const part = `${file}.part`
  try {
    const why = await fill(await open(part, 'w', 0o600), content)
    if (why === null) {
      renameSync(part, file)
      syncFolder(dirname(file))
    } else rmSync(part)
    return why
  } catch (error) {
    rmSync(part, { force: true })
    if (!isStorageFault(error)) throw error
    return `${file} was not written: ${error.message}`
  }
}

async function fill(handle: FileHandle, content: Content): Promise<string | null> {
  try {
    for (;;) {
      const { done, value } = await content.next()
      if (done) {
        await handle.sync()
        return value
      }
      await handle.writeFile(value)
    }
  } finally {
    await handle.close()
  }
}
