import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Store } from '../../../service/store/index.ts'
import { lockFolder } from '../../../service/store/lock.ts'
import { tempFolder } from '../../support/folder.ts'

const program = `
  import { lockFolder } from ${JSON.stringify(new URL('../../../service/store/lock.ts', import.meta.url).href)}
  process.stdout.write(lockFolder(process.argv[1]).kind)
  setInterval(() => {}, 60_000)
`

/** Another process that tries to lock the folder, says how that ended, and lives on. */
async function otherProcess(dir: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const [said] = await once(child.stdout, 'data')
  return { said: String(said), child, exit }
}

describe('the lock of a data folder', () => {
  it('keeps a second service out while the first lives, and lets it in after kill -9', async () => {
    const dir = tempFolder()
    const { said, child, exit } = await otherProcess(dir)
    expect(said).toBe('held')
    expect(lockFolder(dir)).toEqual({ kind: 'taken' })
    child.kill('SIGKILL')
    await exit
    const lock = lockFolder(dir)
    expect(lock.kind).toBe('held')
    expect((await otherProcess(dir)).said).toBe('taken')
    if (lock.kind === 'held') lock.release()
    expect((await otherProcess(dir)).said).toBe('held')
  })

  it('does not keep readers of the database out', () => {
    const dir = tempFolder()
    const lock = lockFolder(dir)
    const store = Store.open(dir, 'write')
    const reader = Store.open(dir, 'read')
    expect([typeof store, typeof reader]).toEqual(['object', 'object'])
    for (const open of [store, reader]) if (typeof open !== 'string') open.close()
    if (lock.kind === 'held') lock.release()
  })

  it('makes a folder that is missing, and leaves nothing behind that grows', () => {
    const dir = join(tempFolder(), 'data')
    for (let i = 0; i < 50; i++) {
      const lock = lockFolder(dir)
      if (lock.kind === 'held') lock.release()
    }
    expect(readdirSync(dir)).toEqual(['service.lock'])
    expect(statSync(join(dir, 'service.lock')).size).toBeLessThan(10_000)
  })
})
