import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { openVault } from '../../service/custody.ts'
import { tempFolder } from '../support/folder.ts'

const run = promisify(execFile)

/** Null: this machine can encrypt credentials; it may have to make its host key for that, which takes root. */
function whyNot(): string | null {
  const args = ['encrypt', '--with-key=host', '--name=gate-kiosk.key', '-', '-']
  const { error, status, stderr } = spawnSync('systemd-creds', args, { input: randomBytes(32), timeout: 10_000 })
  if (error !== undefined) return error.message
  return status === 0 ? null : stderr.toString().trim()
}

const missing = whyNot()
if (missing !== null) process.stderr.write(`systemd-creds is not tested: ${missing}\n`)

describe.skipIf(missing !== null)('a credential that systemd-creds encrypted with the key of the host', () => {
  it('is, decrypted as systemd does it for a unit, the key of a vault', async () => {
    const [work, credentials] = [tempFolder(), tempFolder()]
    const [key, encrypted] = [join(work, 'key'), join(work, 'gate-kiosk.key.cred')]
    writeFileSync(key, randomBytes(32))
    await run('systemd-creds', ['encrypt', '--with-key=host', '--name=gate-kiosk.key', key, encrypted])
    expect(readFileSync(encrypted).includes(readFileSync(key))).toBe(false)
    const given = join(credentials, 'gate-kiosk.key')
    await run('systemd-creds', ['decrypt', '--name=gate-kiosk.key', encrypted, given])
    expect(readFileSync(given)).toEqual(readFileSync(key))
    const vault = openVault(null, { CREDENTIALS_DIRECTORY: credentials })
    expect(vault).toMatchObject({ backend: 'systemd', fault: null })
    expect(vault.open('x', vault.seal('x', Buffer.from('secret')))).toEqual(Buffer.from('secret'))
  })
})
